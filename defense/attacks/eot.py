"""Attacks on models that are random."""

from __future__ import annotations

from typing import Any

from foolbox.attacks.base import FixedEpsilonAttack
from foolbox.models.base import Model
from foolbox.models.wrappers import ExpectationOverTransformationWrapper

from sesr.errors import UsageError


class ExpectationOverTransformation(FixedEpsilonAttack):
    """An attack on the mean of several runs of a random model.

    Args:
        attack: one of foolbox's kind, with a fixed epsilon.
        samples: runs of the model for every gradient.

    Raises:
        UsageError: fewer than one sample.

    Reference: A. Athalye et al., "Synthesizing Robust Adversarial Examples", ICML 2018.
    """

    def __init__(self, attack: Any, samples: int = 10) -> None:
        if samples < 1:
            raise UsageError(f"an expectation needs one sample or more; received {samples!r}")
        self.attack = attack
        self.samples = samples

    @property
    def distance(self) -> Any:
        """How the wrapped attack measures perturbations."""
        return self.attack.distance

    def run(self, model: Any, inputs: Any, criterion: Any, *, epsilon: float, **kwargs: Any) -> Any:
        """Run the wrapped attack on the mean logits; foolbox's own calling convention."""
        mean = _Mean(model, n_steps=self.samples)
        return self.attack.run(mean, inputs, criterion, epsilon=epsilon, **kwargs)


class _Mean(ExpectationOverTransformationWrapper):
    """foolbox's wrapper, which forgets the layout of the images."""

    def __init__(self, model: Model, n_steps: int) -> None:
        super().__init__(model, n_steps=n_steps)
        self.data_format = getattr(model, "data_format", "channels_last")

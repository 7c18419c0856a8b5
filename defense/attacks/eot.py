"""Attacks on models that are random."""

from __future__ import annotations

from typing import Any

import eagerpy as ep
import tensorflow as tf
from foolbox.attacks.base import FixedEpsilonAttack
from foolbox.models.base import Model

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


class _Mean(Model):
    """The mean logits of a TensorFlow model, and the mean gradient over draws of their own.

    One run after the other, each forgotten but for its result, so that the memory of one is
    enough; foolbox's wrapper keeps all. A loop of TensorFlow's graph would do the same, but its
    optimiser shares memory between the turns of a loop, which fails on networks that add maps.
    """

    def __init__(self, model: Model, n_steps: int) -> None:
        self._model, self._n_steps = model, n_steps
        self.data_format = getattr(model, "data_format", "channels_last")
        self._run = tf.function(self._one_run, reduce_retracing=True)

    @property
    def bounds(self) -> Any:
        """Smallest and largest value of an image."""
        return self._model.bounds

    def __call__(self, inputs: Any) -> Any:
        """Mean logits (N, classes)."""
        images, restore = ep.astensor_(inputs)
        raw = tf.convert_to_tensor(images.raw)
        total = self._run(raw)
        for _ in range(self._n_steps - 1):
            total += self._run(raw)
        return restore(ep.astensor(total / self._n_steps))

    def _one_run(self, images: Any) -> Any:
        @tf.custom_gradient
        def run(images: Any) -> tuple[Any, Any]:
            def gradient(upstream: Any, variables: Any = ()) -> Any:
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch(images)
                    logits = self._model(images)
                found = tape.gradient(logits, images, upstream)
                return (found, [None for _ in variables]) if variables else found

            return self._model(images), gradient

        return run(images)

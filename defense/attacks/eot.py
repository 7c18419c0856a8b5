"""Attacks on models that are random."""

from __future__ import annotations

from typing import Any

import eagerpy as ep
import tensorflow as tf
from foolbox.attacks.base import AttackWithDistance
from foolbox.models.base import Model

from sesr.errors import UsageError

_LEAST = 1e-30
"""Added to probabilities before the logarithm, which has none of zero."""


class ExpectationOverTransformation(AttackWithDistance):
    """An attack on the mean of several runs of a random model.

    Whether an image fools the model is judged by that mean too, so that of several restarts the
    best is kept and not the luckiest draw's.

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

    def __call__(
        self, model: Any, inputs: Any, criterion: Any, *, epsilons: Any, **kwargs: Any
    ) -> Any:
        """Run the wrapped attack on the mean; foolbox's own calling convention."""
        mean = _Mean(model, n_steps=self.samples)
        return self.attack(mean, inputs, criterion, epsilons=epsilons, **kwargs)


class _Mean(Model):
    """The logarithm of a TensorFlow model's mean probabilities, with gradients of their own draws.

    Of probabilities as a vote is, because the mean of logits is that of the draws which are surest
    (H. Salman et al., "Provably Robust Deep Learning via Adversarially Trained Smoothed
    Classifiers", NeurIPS 2019).

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
        """Logarithms (N, classes) of the mean probabilities, up to `_LEAST`."""
        images, restore = ep.astensor_(inputs)
        raw = tf.convert_to_tensor(images.raw)
        total = self._run(raw)
        for _ in range(self._n_steps - 1):
            total += self._run(raw)
        return restore(ep.astensor(tf.math.log(total / self._n_steps + _LEAST)))

    def _one_run(self, images: Any) -> Any:
        @tf.custom_gradient
        def run(images: Any) -> tuple[Any, Any]:
            def gradient(upstream: Any, variables: Any = ()) -> Any:
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch(images)
                    probabilities = tf.nn.softmax(self._model(images))
                found = tape.gradient(probabilities, images, upstream)
                return (found, [None for _ in variables]) if variables else found

            return tf.nn.softmax(self._model(images)), gradient

        return run(images)

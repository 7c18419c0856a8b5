"""Gaussian noise, which a vote over many draws turns into a proof."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from defense.batch import GraphFunction, ImageBatch, check_batch
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """Add Gaussian noise to every value, drawn anew at every call.

    One call protects nothing; the answer that most of many calls give does, see
    `defense.Smoothed`. It stands first in a chain, because a certificate counts distances in the
    values to which noise is added. Sums are clipped to [0, 1], as an 8-bit image would be, which a
    certificate allows: whatever follows the noise is part of the classifier.

    Args:
        sigma: standard deviation as a fraction of full scale.
        seed: draws the same noise at every call, for tests; None, the default, is not to be
            foreseen. A seed that an attacker knows takes the protection away.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: the same.

    Raises:
        UsageError: a sigma that is not above 0 or is above 1, or a seed that is no whole number of
            0 or more.

    Example:
        >>> images = np.full((2, 8, 8, 3), 0.5, np.float32)
        >>> noisy = GaussianNoise(0.1, seed=0)(images)
        >>> bool((noisy == GaussianNoise(0.1, seed=0)(images)).all())
        True

    Reference: J. Cohen et al., "Certified Adversarial Robustness via Randomized Smoothing", ICML
    2019.
    """

    sigma: float = 0.12
    seed: int | None = None
    stages: ClassVar[Mapping[str, str]] = {"noise": "noise:0.12"}

    def __post_init__(self) -> None:
        check_sigma(self.sigma)
        whole = isinstance(self.seed, int) and self.seed >= 0
        if self.seed is not None and not whole:
            raise UsageError(
                f"the seed of GaussianNoise must be a whole number of 0 or more, or None; "
                f"received {self.seed!r}"
            )

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch: (N, H, W, 3) to the same, float32 in [0, 1]."""
        images = check_batch(images, "GaussianNoise")
        return add_noise(images, self.sigma, np.random.default_rng(self.seed))

    @classmethod
    def parse(cls, name: str, value: str) -> GaussianNoise:
        """From "0.12"; text has no seed, so that none is given away."""
        return cls(float(value))

    def __str__(self) -> str:
        return f"noise:{self.sigma:g}"

    def graph(self, straight_through: bool) -> GraphFunction:
        """Noise drawn anew at every run of the graph; its gradient is that of the clipped sum."""
        import tensorflow as tf

        def draw(shape: Any) -> Any:
            if self.seed is None:
                return tf.random.get_global_generator().normal(shape, stddev=self.sigma)
            return tf.random.stateless_normal(shape, (self.seed, 0), stddev=self.sigma)

        return lambda images: tf.clip_by_value(images + draw(tf.shape(images)), 0.0, 1.0)


def add_noise(images: ImageBatch, sigma: float, random: np.random.Generator) -> ImageBatch:
    """Images (..., H, W, 3) with noise of a standard deviation, clipped to [0, 1]."""
    noisy = np.empty(images.shape, np.float32)
    # One image at a time stays in the cache.
    alone = (-1, *images.shape[-3:])
    for one, image in zip(noisy.reshape(alone), images.reshape(alone), strict=True):
        random.standard_normal(out=one, dtype=np.float32)
        one *= np.float32(sigma)
        one += image
        np.clip(one, 0.0, 1.0, out=one)
    return noisy


def check_sigma(sigma: float) -> float:
    """Make sure that a number can be the standard deviation of noise.

    Raises:
        UsageError: it is not above 0, or above 1.
    """
    number = isinstance(sigma, int | float) and math.isfinite(sigma)
    if not number or not 0 < sigma <= 1:
        raise UsageError(
            f"the sigma of noise must be above 0 and at most 1, a fraction of full scale; "
            f"received {sigma!r}"
        )
    return float(sigma)

"""What cannot be smoothed, told before any work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from defense.batch import ImageBatch, check_batch
from defense.defended import DefendedClassifier
from defense.presets import find_defense
from defense.smoothing.binomial import check_level
from defense.smoothing.votes import LogitsOf
from defense.transforms import Compose, GaussianNoise, RandomResize, Transform, flat
from sesr.errors import UsageError

_RANDOM = (GaussianNoise, RandomResize)
"""Transforms that draw something at every call."""


def split_noise(defense: Compose | str) -> tuple[float, Compose]:
    """The sigma of the noise that a defense begins with, and what comes after it.

    Raises:
        UsageError: it does not begin with noise, which alone a certificate can be about.

    Example:
        >>> split_noise("noise:0.12,bicubic:224")
        (0.12, Compose(transforms=(Resize(size=224, method='bicubic'),)))
    """
    chain = find_defense(defense) if isinstance(defense, str) else defense
    if not begins_with_noise(chain):
        raise UsageError(
            f"a smoothed defense begins with noise, as in noise:0.12,{chain}; received {chain}"
        )
    noise, *rest = flat(chain)
    assert isinstance(noise, GaussianNoise)  # noqa: S101 - tells the type checker
    return noise.sigma, Compose(rest)


def begins_with_noise(defense: Transform) -> bool:
    """Whether a defense is one to be smoothed."""
    stages = flat(defense)
    return bool(stages) and isinstance(stages[0], GaussianNoise)


def seeded(defense: Transform) -> bool:
    """Whether the noise of a defense is the same at every call."""
    noises = [stage for stage in flat(defense) if isinstance(stage, GaussianNoise)]
    return any(noise.seed is not None for noise in noises)


def refuse_random(defended: DefendedClassifier) -> None:
    """Make sure that a defense draws nothing itself.

    Raises:
        UsageError: one of its stages does.
    """
    drawn = [str(s) for s in flat(defended.defense) if isinstance(s, _RANDOM)]
    if drawn:
        raise UsageError(
            f"Smoothed adds the only noise there may be; the defense has {drawn[0]} in it: take "
            f"that out, or begin the text with noise and use Smoothed.from_text"
        )


def check_repeatable(answer: LogitsOf, images: ImageBatch) -> None:
    """Make sure that the same image gets the same logits twice.

    Raises:
        UsageError: it does not, so that something draws in the classifier or the defense.
    """
    first, second = (np.asarray(answer(images)) for _ in range(2))
    if not np.allclose(first, second, rtol=1e-4, atol=1e-4):
        raise UsageError(
            "the classifier to smooth answers the same image differently each time, by up to "
            f"{np.abs(first - second).max():.3g}: take out what is random in it (dropout in "
            "training, a defense that draws without a seed)"
        )


def as_batch(images: ImageBatch | Sequence[Any]) -> ImageBatch:
    """Images as one array.

    Raises:
        UsageError: they differ in size, or are no batch.
    """
    if isinstance(images, list | tuple) and images:
        sizes = dict.fromkeys(np.shape(image) for image in images)
        if len(sizes) > 1:
            received = ", ".join(map(str, list(sizes)[:3]))
            raise UsageError(
                f"Smoothed needs images of one size; received {received}: resize them first, or "
                "pass those of each size by themselves"
            )
        images = np.stack(images)
    return check_batch(images, "Smoothed")


def check_plan(n0: int, n: int, level: float) -> None:
    """Make sure that images can be certified so.

    Raises:
        UsageError: too few draws, or a level outside (0, 0.5).
    """
    check_level(level)
    at_least(n0, 1, "n0", "these draws choose the class")
    at_least(n, 10, "n", "fewer draws prove nothing")


def at_least(value: int, least: int, name: str, reason: str) -> int:
    """Make sure that a number is whole and large enough.

    Raises:
        UsageError: it is not; the message gives the reason.
    """
    if not isinstance(value, int) or value < least:
        raise UsageError(
            f"{name} of Smoothed must be a whole number of {least} or more ({reason}); "
            f"received {value!r}"
        )
    return value

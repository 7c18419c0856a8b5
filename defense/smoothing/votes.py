"""Counting the answers to many draws of noise."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.batch import ImageBatch
from defense.transforms import add_noise

LogitsOf = Callable[[ImageBatch], Any]
"""From images (N, H, W, 3) to logits (N, classes)."""

Counts = npt.NDArray[np.int64]


def noise_source(seed: int | None, image: ImageBatch, call: int = 0) -> np.random.Generator:
    """Where the noise of one image comes from: with a seed its own, the same at the same call.

    Example:
        >>> images = np.zeros((8, 8, 3), np.float32), np.ones((8, 8, 3), np.float32)
        >>> one, other = (noise_source(0, image).random() for image in images)
        >>> one != other
        True
    """
    if seed is None:
        return np.random.default_rng()
    digest = hashlib.sha256(image.tobytes()).digest()
    return np.random.default_rng([seed, call, int.from_bytes(digest)])


def count_votes(
    answer: LogitsOf,
    image: ImageBatch,
    sigma: float,
    draws: int,
    random: np.random.Generator,
    batch: int,
) -> Counts:
    """Ask for the class of one image under many draws of noise.

    Args:
        answer: the classifier behind its defense, without noise.
        image: (H, W, 3), float32 in [0, 1].
        sigma: of the noise.
        draws: how many.
        random: where the noise comes from.
        batch: draws at a time.

    Returns:
        (classes,), the votes of each class; their sum is `draws`.

    Example:
        >>> dark = lambda images: np.stack([-images.mean((1, 2, 3)), images.mean((1, 2, 3)) - 1], 1)
        >>> image = np.full((8, 8, 3), 0.2, np.float32)
        >>> count_votes(dark, image, 0.1, 5, np.random.default_rng(0), 2)
        array([5, 0])
    """
    counts: Counts | None = None
    for logits in noisy_logits(answer, image, sigma, draws, random, batch):
        votes = np.bincount(logits.argmax(axis=1), minlength=logits.shape[1]).astype(np.int64)
        counts = votes if counts is None else counts + votes
    assert counts is not None  # noqa: S101 - draws is at least 1
    return counts


def noisy_logits(
    answer: LogitsOf,
    image: ImageBatch,
    sigma: float,
    draws: int,
    random: np.random.Generator,
    batch: int,
) -> Iterator[npt.NDArray[np.float32]]:
    """Logits (N, classes) of one image, a batch of draws after the other; see `count_votes`."""
    for start in range(0, draws, batch):
        copies = np.broadcast_to(image, (min(batch, draws - start), *image.shape))
        yield np.asarray(answer(add_noise(copies, sigma, random)))

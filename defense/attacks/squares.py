"""The squares that the Square attack draws, in either norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from defense.batch import ImageBatch

_SIGNS = np.array([-1, 1], np.float32)
_TILES = 5
"""Of the first perturbation in L2, along each side."""


class Squares(Protocol):
    """What the search starts from, and its next try; clipping to the bounds is left to it."""

    def start(self, clean: ImageBatch, random: np.random.Generator) -> ImageBatch:
        """First perturbed images (N, H, W, C) of the clean ones."""

    def change(
        self, image: ImageBatch, clean: ImageBatch, side: int, random: np.random.Generator
    ) -> None:
        """Change a perturbed image (H, W, C) in place, within a square of so many pixels."""


@dataclass(frozen=True, slots=True)
class BoxSquares:
    """At the ends of a box: stripes first, then squares of one colour.

    Attributes:
        epsilon: largest change of a value.
    """

    epsilon: float

    def start(self, clean: ImageBatch, random: np.random.Generator) -> ImageBatch:
        """Vertical stripes one pixel wide at plus or minus epsilon."""
        count, _, width, channels = clean.shape
        signs = random.choice(_SIGNS, (count, 1, width, channels))
        return np.asarray(clean + np.float32(self.epsilon) * signs, clean.dtype)

    def change(
        self, image: ImageBatch, clean: ImageBatch, side: int, random: np.random.Generator
    ) -> None:
        """Move one square to the ends of the box, each channel as a whole."""
        place = _place(image, side, random)
        signs = random.choice(_SIGNS, image.shape[-1])
        image[place] = clean[place] + np.float32(self.epsilon) * signs


@dataclass(frozen=True, slots=True)
class BallSquares:
    """At the rim of a ball: bumps whose length is taken from elsewhere in the image.

    Attributes:
        epsilon: L2 length of a perturbation.
    """

    epsilon: float

    def start(self, clean: ImageBatch, random: np.random.Generator) -> ImageBatch:
        """A grid of bumps."""
        count, height, width, channels = clean.shape
        side = max(1, min(height, width) // _TILES)
        change = np.zeros(clean.shape, np.float32)
        for top in range(0, height - side + 1, side):
            for left in range(0, width - side + 1, side):
                signs = random.choice(_SIGNS, (count, 1, 1, channels))
                change[:, top : top + side, left : left + side] = _bump(side, random) * signs
        lengths = np.sqrt(np.square(change).sum(axis=(1, 2, 3), keepdims=True))
        return np.asarray(clean + np.float32(self.epsilon) / lengths * change, clean.dtype)

    def change(
        self, image: ImageBatch, clean: ImageBatch, side: int, random: np.random.Generator
    ) -> None:
        """Add a bump to what one square holds, with the length of that and of another square."""
        side = min(max(side, 3), *image.shape[:2])
        to, source = _place(image, side, random), _place(image, side, random)
        change = image - clean
        old = change[to] / (_length(change[to]) + 1e-10)
        signs = random.choice(_SIGNS, image.shape[-1])
        new = old + _bump(side, random) * signs
        unused = max(self.epsilon**2 - np.square(change).sum(), 0) / image.shape[-1]
        change_of_both = np.zeros_like(change)
        change_of_both[source], change_of_both[to] = change[source], change[to]
        budget = np.sqrt(unused + _length(change_of_both) ** 2)
        change[source] = 0
        change[to] = new / (_length(new) + 1e-10) * budget
        total = np.sqrt(np.square(change).sum()) + 1e-10
        image[:] = clean + np.float32(self.epsilon / total) * change


def _place(image: ImageBatch, side: int, random: np.random.Generator) -> tuple[slice, slice]:
    """A square of an image (H, W, C), anywhere in it."""
    height, width = image.shape[:2]
    top = int(random.integers(0, height - side + 1))
    left = int(random.integers(0, width - side + 1))
    return np.s_[top : top + side, left : left + side]


def _length(change: ImageBatch) -> ImageBatch:
    """L2 norm (C,) of each channel of (H, W, C)."""
    found: ImageBatch = np.sqrt(np.square(change).sum(axis=(0, 1)))
    return found


def _bump(side: int, random: np.random.Generator) -> ImageBatch:
    """A peak in one half of a square and a trough in the other, (side, side, 1), of length 1."""
    half = side // 2
    bump = np.concatenate([_peak(half, side), -_peak(side - half, side)])
    bump /= np.sqrt(np.square(bump).sum())
    return (bump.T if random.random() < 0.5 else bump)[:, :, np.newaxis]


def _peak(height: int, width: int) -> ImageBatch:
    """Highest in the middle, falling with the square of the distance, (height, width)."""
    rings = np.maximum(
        np.abs(np.arange(height) - height // 2)[:, np.newaxis],
        np.abs(np.arange(width) - width // 2),
    )
    heights = np.cumsum(1.0 / np.arange(max(height, width) // 2 + 1, 0, -1) ** 2)[::-1]
    peak = np.asarray(heights[rings], np.float32)
    return peak / np.sqrt(np.square(peak).sum()) if peak.size else peak

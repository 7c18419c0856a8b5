"""Square pieces of photographs at one size, as classifiers see them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from sesr.errors import TrainingError
from sesr_datasets.pairs import PairStore

_SMALLEST = 0.5
"""Share of a photograph's shorter side that a piece has at least."""


def scene_crops(store: PairStore, count: int, side: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Random square pieces, from half of the shorter side to all of it, resized and mirrored.

    Args:
        store: the photographs.
        count: how many pieces; every photograph gives as many as any other, give or take one.
        side: of the pieces, in pixels.
        seed: the same one gives the same pieces.

    Returns:
        (count, side, side, 3), RGB.

    Raises:
        TrainingError: a photograph is too small to give a piece.
    """
    random = np.random.default_rng(seed)
    crops = np.empty((count, side, side, 3), np.uint8)
    for number, index in enumerate(_turns(len(store), count, random)):
        pair = store[index]
        shorter = min(pair.high.shape[:2])
        if shorter < 2:
            raise TrainingError(f"{pair.name}: too small to train on; take the image out")
        length = int(random.integers(max(1, int(shorter * _SMALLEST)), shorter + 1))
        top = int(random.integers(pair.high.shape[0] - length + 1))
        left = int(random.integers(pair.high.shape[1] - length + 1))
        piece = np.ascontiguousarray(pair.high[top : top + length, left : left + length])
        method = cv2.INTER_AREA if length >= side else cv2.INTER_CUBIC
        resized = cv2.resize(piece, (side, side), interpolation=method)
        crops[number] = cv2.flip(resized, 1) if random.random() < 0.5 else resized
    return crops


def _turns(photographs: int, count: int, random: np.random.Generator) -> npt.NDArray[np.intp]:
    """Every photograph once in random order, then again, until there are enough."""
    rounds = [random.permutation(photographs) for _ in range(-(-count // photographs))]
    return np.concatenate(rounds)[:count]

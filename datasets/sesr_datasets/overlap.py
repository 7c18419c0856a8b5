"""Finding photographs that are trained on and validated on at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError
from sesr.pixels.color import Rgb8
from sesr_datasets.pairs import Pair

SIDE = 8
"""Of the square that stands for a photograph; compression and file format don't show in it."""

NEAR = 2.0
"""Mean difference of squares, in levels of 8 bits, up to which they show one photograph."""

FLAT = 4.0
"""Standard deviation, in levels, below which a square tells too little."""


@dataclass(frozen=True, slots=True)
class _Thumbnail:
    """A photograph in small.

    Attributes:
        name: of its file.
        ratio: width over height.
        square: (SIDE * SIDE * 3,) float32.
    """

    name: str
    ratio: float
    square: npt.NDArray[np.float32]

    @classmethod
    def of(cls, pair: Pair) -> _Thumbnail:
        height, width = pair.high.shape[:2]
        return cls(pair.name, width / height, _square(pair.high))


def refuse_overlap(trained: Iterable[Pair], held_out: Iterable[Pair]) -> None:
    """Make sure that no photograph is on both sides, whatever its file is named.

    Args:
        trained: photographs to train on.
        held_out: photographs to choose by.

    Raises:
        UsageError: one is on both sides, the same pixels or saved in another format or quality.
    """
    known = [_Thumbnail.of(pair) for pair in trained]
    squares = np.stack([thumbnail.square for thumbnail in known])
    ratios = np.array([thumbnail.ratio for thumbnail in known])
    for pair in held_out:
        one = _Thumbnail.of(pair)
        far = np.abs(squares - one.square).mean(axis=1)
        same = (far <= NEAR) & (np.abs(ratios - one.ratio) < 0.02) & (one.square.std() >= FLAT)
        if same.any():
            raise UsageError(
                f"{one.name}: is validated on and trained on, as {known[int(same.argmax())].name}; "
                "networks would be chosen by what they have seen: leave it out with --exclude, or "
                "validate on other photographs"
            )


def _square(image: Rgb8) -> npt.NDArray[np.float32]:
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32).reshape(-1)

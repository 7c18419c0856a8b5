"""The 256 levels of an 8-bit image, and the int8 numbers that stand for them.

Micro-NPUs compute with int8, where a pixel is `pixel - 128`. SESR's networks see images less the
gray in the middle, so that their zero is that gray too; others see pixels as they are.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sesr.pixels.color import FloatImage

Int8Image = npt.NDArray[np.int8]

AnyTile = FloatImage | Int8Image
"""What goes through a network: float32 in [0, 1], or int8, `pixel - 128`."""

Tile = TypeVar("Tile", FloatImage, Int8Image)
"""The same where what comes out is of the kind of what goes in."""

Range = tuple[float, float]
"""Lowest and highest value that 256 levels cover."""

OFFSET = 128
"""Pixel of an 8-bit image minus its int8 value."""

CENTER = OFFSET / 255
"""The level of an 8-bit image nearest to 0.5."""

IMAGE_RANGE: Range = (0.0, 1.0)
"""Of images as they are: 256 levels, the lowest of which is zero."""

CENTERED_RANGE: Range = (-128 / 255, 127 / 255)
"""Of images less `CENTER`: 256 levels with steps of 1/255, one of which is zero."""

SMALLEST_LIMIT = 1e-6
"""The least that a range reaches above zero, so that a step has a size where all is silent."""


def to_int8_image(image: FloatImage) -> Int8Image:
    """Image in [0, 1] as int8, pixel - 128, rounded to nearest.

    Example:
        >>> to_int8_image(np.array([[[0.0], [0.5], [1.0]]], np.float32)).ravel().tolist()
        [-128, 0, 127]
    """
    levels = np.floor(np.clip(image, 0, 1) * 255 + 0.5)
    return np.asarray(levels - OFFSET, dtype=np.int8)


def as_float_image(image: AnyTile) -> FloatImage:
    """Either kind of image as float32 in [0, 1]."""
    same: npt.NDArray[Any] = image
    return same if same.dtype == np.float32 else from_int8_image(same)


def from_int8_image(image: Int8Image) -> FloatImage:
    """The other way."""
    return np.asarray((image.astype(np.float32) + OFFSET) / 255, dtype=np.float32)

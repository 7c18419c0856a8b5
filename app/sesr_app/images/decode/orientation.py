"""Turning stored pixels upright."""

from __future__ import annotations

import numpy as np

from sesr_app.images.picture import Pixels

SIDEWAYS = (5, 6, 7, 8)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror stored pixels as an EXIF orientation asks for.

    Example:
        >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
        [[3, 1], [4, 2]]
    """
    if orientation in SIDEWAYS:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height after turning."""
    return (height, width) if orientation in SIDEWAYS else (width, height)

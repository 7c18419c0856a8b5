"""Colours for the networks that take all three at once, and what those make of gray images.

Elementwise, so that bands of an image join exactly.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from sesr.pixels.color import RGB_TO_YCBCR, FloatImage
from sesr.pixels.levels import OFFSET, AnyTile, Int8Image, as_float_image

_GRAY_WEIGHTS = (RGB_TO_YCBCR[0] / RGB_TO_YCBCR[0].sum()).astype(np.float32)
"""What each channel adds to a gray value."""

_TO_INT8 = (np.arange(256) - OFFSET).astype(np.int8)


def split_rgb(rows: npt.NDArray[Any]) -> FloatImage:
    """Some rows of an image as an RGB network takes them.

    Args:
        rows: (h, W), (h, W, 1) or (h, W, 3), uint8, uint16, or float32 in [0, 1].

    Returns:
        (h, W, 3) float32 in [0, 1]; gray as three equal channels.

    Example:
        >>> split_rgb(np.full((2, 2), 255, np.uint8))[0, 0].tolist()
        [1.0, 1.0, 1.0]
    """
    peak = np.float32(1 if rows.dtype == np.float32 else np.iinfo(rows.dtype).max)
    scaled = rows.astype(np.float32) / peak
    if scaled.ndim == 3 and scaled.shape[2] == 3:
        return scaled
    return np.repeat(scaled.reshape(*scaled.shape[:2], 1), 3, axis=2)


def split_int8_rgb(rows: npt.NDArray[np.uint8]) -> Int8Image:
    """Some rows of an 8-bit image in int8, pixel - 128; gray as three equal channels.

    Args:
        rows: (h, W), (h, W, 1) or (h, W, 3).

    Returns:
        (h, W, 3).
    """
    levels = np.asarray(cv2.LUT(rows, _TO_INT8), np.int8)
    if levels.ndim == 3 and levels.shape[2] == 3:
        return levels
    return np.repeat(levels.reshape(*levels.shape[:2], 1), 3, axis=2)


def join_rgb(
    enlarged: AnyTile, image: npt.NDArray[Any], start: int, stop: int, out: npt.NDArray[Any]
) -> None:
    """Write what an RGB network made of some rows; of a gray image its luma.

    Args:
        enlarged: ((stop - start) * scale, W * scale, 3), float32, or int8 of an 8-bit image.
        image, start, stop: as for `join_luma`, and not looked at.
        out: filled with the enlarged rows, of the image's type and number of channels.
    """
    in_color = out.shape[2:] == (3,)
    if in_color and enlarged.dtype == np.int8:
        np.bitwise_xor(enlarged.view(np.uint8), np.uint8(OFFSET), out=out)
        return
    exact = as_float_image(enlarged)
    values = exact if in_color else _gray(exact)
    target = out.reshape(values.shape)
    if out.dtype == np.float32:
        np.clip(values, 0, 1, out=target)
    else:
        scaled = values * np.float32(np.iinfo(out.dtype).max)
        depth = cv2.CV_8U if out.dtype == np.uint8 else cv2.CV_16U
        # One pass that rounds to nearest and saturates.
        cv2.add(scaled, np.zeros_like(scaled), dst=target, dtype=depth)


def _gray(rgb: FloatImage) -> FloatImage:
    """One operation at a time, so that a value never depends on its place in a buffer."""
    red, green, blue = (rgb[..., channel] * _GRAY_WEIGHTS[channel] for channel in range(3))
    return np.asarray(red + green + blue, np.float32)

"""Taking the luma out of an image for the network, and putting an enlarged one back.

What is not luma is the difference of each channel from the gray of the same luma; bicubic
interpolation enlarges that difference, which is the same as enlarging Cb and Cr, in fewer steps.

Works on bands of rows, so that large images need little memory, and the bands join exactly:
neighbours beyond a band are read from the whole image, and the arithmetic is elementwise, one
operation at a time, so that a value never depends on its place in a buffer.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from sesr.pixels.color import RGB_TO_YCBCR, YCBCR_OFFSET, FloatImage
from sesr.pixels.levels import OFFSET, AnyTile, Int8Image

_REACH = 2
"""Rows on each side that bicubic interpolation can look at."""

FEWEST_ROWS = 4
"""OpenCV rounds differently for images of fewer rows, so a band is never cut smaller."""

_PIECE_BYTES, _PIECE_ROWS = 6_000_000, 24
"""Float RGB that is worked on at a time, so that temporary arrays stay in the cache, and the fewest
small rows of it: each piece is enlarged together with its neighbours, four rows that others
enlarge as well."""

LUMA_WEIGHTS = RGB_TO_YCBCR[0].astype(np.float32)
BLACK = np.float32(YCBCR_OFFSET[0])
RANGE = np.float32(219 / 255)
"""Luma of white minus luma of black."""

_FRACTION = 8
"""Bits behind the point of a luma that is added up in integers."""

_LEVELS = np.arange(256)

_GRAY_TO_INT8 = np.floor(_LEVELS * (219 / 255) + 16 - OFFSET + 0.5).astype(np.int8)
"""Int8 luma of every gray of an 8-bit image."""

_RGB_TO_INT8 = np.rint(
    (_LEVELS[:, np.newaxis] * RGB_TO_YCBCR[0] + (16 - OFFSET + 0.5) / 3) * 2**_FRACTION
).astype(np.int16)[np.newaxis]
"""What each channel adds to the int8 luma, a third of the rounding included."""

_INT8_TO_GRAY = (((_LEVELS ^ OFFSET) - 16) * (255 / 219)).astype(np.float32)
"""The gray of every int8 luma, in the order of their bits as an unsigned number."""


def split_luma(rows: npt.NDArray[Any]) -> FloatImage:
    """Luma of some rows of an image.

    Args:
        rows: (h, W), (h, W, 1) or (h, W, 3), uint8, uint16, or float32 in [0, 1].

    Returns:
        (h, W) float32 in [16/255, 235/255]; a gray value has the luma of the RGB pixel with
        three such values.
    """
    peak = _peak(rows)
    if _is_gray(rows):
        gray = rows.reshape(rows.shape[:2]).astype(np.float32, copy=False)
        return gray * np.float32(RANGE / peak) + BLACK
    red, green, blue = (rows[..., channel] * (LUMA_WEIGHTS[channel] / peak) for channel in range(3))
    return np.asarray(red + green + blue + BLACK, np.float32)


def split_int8_luma(rows: npt.NDArray[np.uint8]) -> Int8Image:
    """Luma of some rows of an 8-bit image in int8, pixel - 128, added up in integers.

    Args:
        rows: (h, W), (h, W, 1) or (h, W, 3).

    Returns:
        (h, W) from -112 to 107, what `split_luma` gives to a level.

    Example:
        >>> split_int8_luma(np.array([[0, 255]], np.uint8)).tolist()
        [[-112, 107]]
    """
    if _is_gray(rows):
        return np.asarray(cv2.LUT(rows.reshape(rows.shape[:2]), _GRAY_TO_INT8), np.int8)
    red, green, blue = cv2.split(cv2.LUT(rows, _RGB_TO_INT8))
    return np.right_shift(cv2.add(cv2.add(red, green), blue), _FRACTION).astype(np.int8)


def join_luma(
    luma: AnyTile, image: npt.NDArray[Any], start: int, stop: int, out: npt.NDArray[Any]
) -> None:
    """Write enlarged luma together with the colours of an image, enlarged by bicubic.

    What the rounding to int8 took from the small luma counts as colour, so it comes back.

    Args:
        luma: ((stop - start) * scale, W * scale), float32, or int8 of an 8-bit image.
        image: the whole small image, as for `split_luma`.
        start, stop: rows of the small image that the luma belongs to.
        out: filled with the enlarged rows, of the image's type and number of channels.
    """
    scale = luma.shape[1] // image.shape[1]
    rows = max(_PIECE_ROWS, _PIECE_BYTES // (12 * luma.shape[1] * scale))
    for top in range(start, stop, rows):
        bottom = min(top + rows, stop)
        piece = slice((top - start) * scale, (bottom - start) * scale)
        _join_piece(luma[piece], image, top, bottom, out[piece])


def _join_piece(
    luma: AnyTile, image: npt.NDArray[Any], start: int, stop: int, out: npt.NDArray[Any]
) -> None:
    peak = _peak(image)
    gray = _gray_of(luma, peak)
    exact = luma.dtype == np.float32
    if exact and _is_gray(image):
        _store_sum(gray, np.zeros_like(gray), out.reshape(gray.shape))
        return
    scale = luma.shape[1] // image.shape[1]
    height = image.shape[0]
    above = max(min(start - _REACH, height - FEWEST_ROWS), 0)
    below = min(max(stop + _REACH, above + FEWEST_ROWS), height)
    rows = image[above:below]
    small_gray = _gray_of(split_luma(rows) if exact else split_int8_luma(rows), peak)
    count = 1 if _is_gray(image) else 3
    # NumPy would broadcast over an axis of three, which takes ten times as long.
    color = cv2.subtract(rows, cv2.merge([small_gray] * count), dtype=cv2.CV_32F)
    size = (luma.shape[1], (below - above) * scale)
    enlarged = cv2.resize(color, size, interpolation=cv2.INTER_CUBIC)
    kept = enlarged[(start - above) * scale : (stop - above) * scale]
    _store_sum(cv2.merge([gray] * count), kept, out.reshape(kept.shape))


def _is_gray(image: npt.NDArray[Any]) -> bool:
    return image.ndim == 2 or image.shape[2] == 1


def _peak(image: npt.NDArray[Any]) -> np.float32:
    """The value of white, which the type decides."""
    return np.float32(1 if image.dtype == np.float32 else np.iinfo(image.dtype).max)


def _gray_of(luma: AnyTile, peak: np.float32) -> FloatImage:
    """The gray value of a luma, in the units of the image."""
    if luma.dtype == np.int8:
        return np.asarray(cv2.LUT(luma.view(np.uint8), _INT8_TO_GRAY), np.float32)
    return (luma - BLACK) * np.float32(peak / RANGE)


def _store_sum(a: npt.NDArray[Any], b: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
    """Add, clip to the image's range, round to its type and store."""
    if out.dtype == np.float32:
        np.clip(np.add(a, b), 0, 1, out=out)
    else:
        # One pass that adds, rounds to nearest and saturates.
        cv2.add(a, b, dst=out, dtype=cv2.CV_8U if out.dtype == np.uint8 else cv2.CV_16U)

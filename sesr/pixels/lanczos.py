"""Bringing an image to any size, a band of rows at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from sesr.pixels.bands import RowWindow

RESIZED_ROWS = 256
"""Rows of the result that are made at a time."""

_REACH = 3
"""Lobes of the Lanczos filter on each side."""


def resize_bands(
    bands: Iterator[npt.NDArray[Any]],
    size: tuple[int, int],
    target: tuple[int, int],
    rows: range | None = None,
) -> Iterator[npt.NDArray[Any]]:
    """Resize an image with an antialiased Lanczos filter.

    Transparent pixels weigh nothing, so their hidden colours stay hidden.

    Args:
        bands: rows of the image from the top to the bottom, (h, W) or (h, W, C) with 1 to 4
            channels, uint8 or uint16; alpha, in the last of 2 or 4, is straight.
        size: height and width of the image.
        target: height and width of the result.
        rows: of the result, all by default, from a multiple of `RESIZED_ROWS`; the bands are
            then those of `rows_for_resized`.

    Yields:
        Rows of the result, of the same type.

    Example:
        >>> image = np.full((40, 60, 3), 9, np.uint8)
        >>> [band.shape for band in resize_bands(iter([image]), (40, 60), (20, 30))]
        [(20, 30, 3)]
    """
    step = size[0] / target[0]
    wanted = range(target[0]) if rows is None else rows
    window = RowWindow(bands, rows_for_resized(wanted, size[0], target[0]).start)
    for top in range(wanted.start, wanted.stop, RESIZED_ROWS):
        bottom = min(top + RESIZED_ROWS, wanted.stop)
        near = rows_for_resized(range(top, bottom), size[0], target[0])
        box = (0, top * step - near.start, size[1], bottom * step - near.start)
        yield _resize(window.take(near.start, near.stop), (target[1], bottom - top), box)


def rows_for_resized(rows: range, height: int, target: int) -> range:
    """Rows of an image that some rows of its result are made of.

    Args:
        rows: of the result.
        height, target: rows of the image and of the result.

    Example:
        >>> rows_for_resized(range(20, 30), 200, 100)
        range(33, 67)
    """
    step = height / target
    reach = math.ceil(_REACH * max(step, 1)) + 1
    first = max(math.floor(rows.start * step) - reach, 0)
    return range(first, min(math.ceil(rows.stop * step) + reach, height))


def _resize(
    image: npt.NDArray[Any], size: tuple[int, int], box: tuple[float, float, float, float]
) -> npt.NDArray[Any]:
    """Resize a part of an image; size and box are in Pillow's order, columns first."""
    from PIL import Image

    lanczos = Image.Resampling.LANCZOS
    if image.dtype == np.uint8:
        flat = image.reshape(image.shape[:2]) if image.shape[2:] == (1,) else image
        # Pillow multiplies alpha in and out again.
        resized = np.asarray(Image.fromarray(np.ascontiguousarray(flat)).resize(size, lanczos, box))
        return resized.reshape(*resized.shape[:2], *image.shape[2:])
    planes = image.reshape(*image.shape[:2], -1).astype(np.float32)
    alpha = planes.shape[2] in (2, 4)
    if alpha:
        planes[..., :-1] *= planes[..., -1:]
    channels = [
        np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize(size, lanczos, box))
        for plane in np.moveaxis(planes, -1, 0)
    ]
    out = np.stack(channels, axis=-1)
    if alpha:
        visible = out[..., -1:] > 0
        np.divide(out[..., :-1], out[..., -1:], out=out[..., :-1], where=visible)
    peak = np.iinfo(image.dtype).max
    rounded = np.clip(out + 0.5, 0, peak).astype(image.dtype)
    return rounded.reshape(*rounded.shape[:2], *image.shape[2:])

"""Resampling of batches to a size, shared by `Resize` and `Rescale`."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from defense.batch import ImageBatch
from defense.parallel import map_chunks
from sesr.errors import UsageError

Interpolation = Literal["bicubic", "nearest"]


def check_interpolation(method: str, receiver: str) -> None:
    """Make sure that there is a resampling method of that name.

    Raises:
        UsageError: there is none; the message names those that exist.
    """
    if method not in get_args(Interpolation):
        raise UsageError(
            f"unknown method of {receiver} {method!r}: "
            f"the methods are {', '.join(get_args(Interpolation))}"
        )


def resample(images: ImageBatch, height: int, width: int, method: Interpolation) -> ImageBatch:
    """Bring a batch to a size.

    Args:
        images: (N, H, W, 3), values in [0, 1].
        height: of the output, at least 1.
        width: of the output, at least 1.
        method: "bicubic", Keys' cubic with a = -0.5, widened where the image shrinks
            (antialiasing); or "nearest", the input pixel under the output pixel's centre.

    Returns:
        (N, height, width, 3), values in [0, 1]: what bicubic overshoots is clipped.

    Example:
        >>> row = np.float32([0, 0.5, 1]).reshape(1, 1, 3, 1).repeat(3, axis=3)
        >>> resample(row, 1, 6, "nearest")[0, 0, :, 0]
        array([0. , 0. , 0.5, 0.5, 1. , 1. ], dtype=float32)
    """
    if method == "nearest":
        rows, columns = _nearest(images.shape[1], height), _nearest(images.shape[2], width)
        return images.take(rows, axis=1).take(columns, axis=2)
    return map_chunks(partial(_bicubic, height=height, width=width), images)


def _nearest(length: int, out_length: int) -> npt.NDArray[np.intp]:
    """For every output position the input position under its centre, in exact integers."""
    return (2 * np.arange(out_length) + 1) * length // (2 * out_length)


def _bicubic(images: ImageBatch, height: int, width: int) -> ImageBatch:
    """One image in a batch of its own."""
    # Pillow widens the kernel where it shrinks an image, which OpenCV's bicubic does not; it
    # takes floats one channel at a time.
    from PIL import Image

    def resize(channel: npt.NDArray[Any]) -> npt.NDArray[Any]:
        plane = Image.fromarray(np.ascontiguousarray(channel))
        return np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC))

    resized: ImageBatch = np.stack([resize(images[0, :, :, c]) for c in range(3)], axis=-1)
    return resized.clip(0.0, 1.0)[np.newaxis]

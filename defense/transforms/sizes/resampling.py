"""Resampling of batches to a size, in NumPy and inside TensorFlow with the same weights."""

from __future__ import annotations

from functools import lru_cache, partial
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


def resample_tensor(images: Any, height: int, width: int, method: Interpolation) -> Any:
    """The same inside TensorFlow: bring (N, H, W, C) to (N, height, width, C)."""
    import tensorflow as tf

    if method == "nearest":
        rows, columns = (
            _indices(images.shape[axis], size) for axis, size in ((1, height), (2, width))
        )
        return tf.gather(tf.gather(images, rows, axis=1), columns, axis=2)
    vertical, horizontal = _matrix(images.shape[1], height), _matrix(images.shape[2], width)
    return tf.clip_by_value(apply_matrices(images, vertical, horizontal), 0.0, 1.0)


def apply_matrices(images: Any, rows: Any, columns: Any) -> Any:
    """Resample (N, H, W, C) inside TensorFlow by a matrix (out, in) for each axis."""
    import tensorflow as tf

    tall = tf.einsum("oh,nhwc->nowc", rows, images)
    return tf.einsum("pw,nowc->nopc", columns, tall)


@lru_cache(maxsize=64)
def _indices(length: int, out_length: int) -> npt.NDArray[np.intp]:
    """Which input position nearest neighbour takes for every output position."""
    # Resampling is linear, so resampling a ramp tells all there is to know about it.
    ramp = np.arange(length, dtype=np.float32).reshape(1, 1, -1, 1)
    return np.rint(resample(ramp, 1, out_length, "nearest").ravel()).astype(np.intp)


@lru_cache(maxsize=64)
def _matrix(length: int, out_length: int) -> npt.NDArray[np.float32]:
    """Weights (out, in) of antialiased bicubic along one axis, taken from Pillow itself."""
    from PIL import Image

    # Resampling is linear: what it makes of the unit vectors is its matrix.
    unit = Image.fromarray(np.eye(length, dtype=np.float32))
    resized = unit.resize((length, out_length), Image.Resampling.BICUBIC)
    return np.asarray(resized)

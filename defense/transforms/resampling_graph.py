"""Resampling inside TensorFlow, with the weights of `defense.transforms.resampling`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.transforms.resampling import Interpolation, resample


def resample_tensor(images: Any, height: int, width: int, method: Interpolation) -> Any:
    """Bring (N, H, W, C) to (N, height, width, C), as `resampling.resample` does."""
    if method == "nearest":
        rows, columns = (
            _indices(images.shape[axis], size) for axis, size in ((1, height), (2, width))
        )
        return tf.gather(tf.gather(images, rows, axis=1), columns, axis=2)
    vertical, horizontal = _matrix(images.shape[1], height), _matrix(images.shape[2], width)
    return tf.clip_by_value(apply_matrices(images, vertical, horizontal), 0.0, 1.0)


def apply_matrices(images: Any, rows: Any, columns: Any) -> Any:
    """Resample (N, H, W, C) by a matrix (out, in) for each axis."""
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

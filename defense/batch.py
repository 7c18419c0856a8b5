"""The one form of image data in this package, and the check that guards it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError

ImageBatch = npt.NDArray[np.float32]
"""RGB images: (N, H, W, 3), float32, values in [0, 1]."""

GraphFunction = Callable[[Any], Any]
"""The same inside TensorFlow: from a tensor (N, H, W, 3) to a tensor (N, H', W', 3)."""

TOLERANCE = 1e-6
"""How far rounding may carry a value past [0, 1]; attacks add and subtract close to the ends."""


def check_batch(images: Any, receiver: str) -> ImageBatch:
    """Make sure that a transform received a batch it can work on.

    Args:
        images: what the caller passed.
        receiver: the transform's name, for the message.

    Returns:
        The same array, or a clipped copy where values lie past [0, 1] by up to `TOLERANCE`.

    Raises:
        UsageError: not a float32 NumPy array of shape (N, H, W, 3) with at least one image and
            one pixel, or values outside [0, 1].

    Example:
        >>> check_batch(np.zeros((2, 8, 8, 3), np.float32), "Jpeg").shape
        (2, 8, 8, 3)
        >>> check_batch(np.zeros((8, 8, 3), np.float32), "Jpeg")
        Traceback (most recent call last):
        sesr.errors.UsageError: Jpeg needs images of shape (N, H, W, 3); received (8, 8, 3)...
    """
    if not isinstance(images, np.ndarray):
        raise UsageError(
            f"{receiver} needs a NumPy array; received {type(images).__name__}: "
            "convert it with np.asarray(images, np.float32)"
        )
    if images.dtype != np.float32:
        raise UsageError(
            f"{receiver} needs float32 images; received {images.dtype}: "
            "convert with astype(np.float32), and divide 8-bit values by 255"
        )
    if images.ndim != 4 or images.shape[-1] != 3 or images.size == 0:
        raise UsageError(
            f"{receiver} needs images of shape (N, H, W, 3); received {images.shape}: "
            "stack at least one RGB image, channels last"
        )
    return _check_range(images, receiver)


def _check_range(images: ImageBatch, receiver: str) -> ImageBatch:
    low, high = float(images.min()), float(images.max())
    # Written so that NaN, which compares false with everything, is refused too.
    if not (low >= -TOLERANCE and high <= 1 + TOLERANCE):
        raise UsageError(
            f"{receiver} needs values in [0, 1]; received [{low:g}, {high:g}]: "
            "scale or clip the images first"
        )
    return images if low >= 0 and high <= 1 else np.clip(images, 0.0, 1.0)

"""Bicubic resizing that agrees with MATLAB's `imresize`, which the benchmarks are made with."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError
from sesr.pixels.color import FloatImage


def imresize(image: FloatImage, scale: float) -> FloatImage:
    """Resize an image as MATLAB's `imresize(image, scale, "bicubic")` does.

    The kernel is Keys' cubic with a = -0.5; when the image shrinks, the kernel is widened by
    1/scale (antialiasing); borders are mirrored, the border pixel included.

    Args:
        image: (H, W) or (H, W, C), float.
        scale: output size over input size, above 0.

    Returns:
        float32, (ceil(H * scale), ceil(W * scale)[, C]); not clipped, so it may overshoot.

    Raises:
        UsageError: the scale is not positive.

    Example:
        >>> imresize(np.full((4, 6, 3), 0.5, np.float32), 0.5).shape
        (2, 3, 3)

    Reference: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    if not scale > 0:
        raise UsageError(f"the scale of imresize must be above 0; received {scale!r}")
    rows = _resize_rows(np.asarray(image, dtype=np.float32), scale)
    columns = _resize_rows(np.ascontiguousarray(np.swapaxes(rows, 0, 1)), scale)
    return np.ascontiguousarray(np.swapaxes(columns, 0, 1))


def shrink_to_uint8(image: npt.NDArray[np.uint8], factor: int) -> npt.NDArray[np.uint8]:
    """Make the low-resolution partner of an 8-bit image, rounded to 8 bits.

    Args:
        image: (H, W, C) with H and W multiples of factor.
        factor: 2 or 4.

    Returns:
        (H / factor, W / factor, C).
    """
    small = imresize(image.astype(np.float32), 1.0 / factor)
    rounded: npt.NDArray[np.uint8] = np.clip(np.floor(small + 0.5), 0, 255).astype(np.uint8)
    return rounded


def crop_to_multiple(image: npt.NDArray[np.uint8], factor: int) -> npt.NDArray[np.uint8]:
    """Cut rows and columns off the end until both sides are multiples of factor."""
    height, width = image.shape[:2]
    return image[: height - height % factor, : width - width % factor]


def _resize_rows(image: FloatImage, scale: float) -> FloatImage:
    """Resize the first axis; a loop over taps keeps every step one vectorised product."""
    indices, weights = _taps(image.shape[0], scale)
    shape = (-1,) + (1,) * (image.ndim - 1)
    out = np.zeros((len(indices), *image.shape[1:]), dtype=np.float32)
    for tap in range(indices.shape[1]):
        out += weights[:, tap].reshape(shape) * image[indices[:, tap]]
    return out


@lru_cache(maxsize=64)
def _taps(length: int, scale: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """For every output position the input positions it reads and their weights."""
    stretch = max(1.0, 1.0 / scale)
    support = 4.0 * stretch
    count = int(np.ceil(support)) + 2
    out_length = int(np.ceil(length * scale - 1e-9))
    # Centres of output pixels in the coordinates of input pixels.
    centres = (np.arange(out_length) + 0.5) / scale - 0.5
    first = np.floor(centres - support / 2).astype(np.intp)
    indices = first[:, np.newaxis] + np.arange(count)
    weights = _cubic((centres[:, np.newaxis] - indices) / stretch)
    weights /= weights.sum(axis=1, keepdims=True)
    used = np.any(weights != 0, axis=0)
    period = 2 * length
    mirrored = np.mod(indices[:, used], period)
    mirrored = np.where(mirrored >= length, period - 1 - mirrored, mirrored)
    return mirrored, weights[:, used].astype(np.float32)


def _cubic(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keys' cubic kernel with a = -0.5."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))

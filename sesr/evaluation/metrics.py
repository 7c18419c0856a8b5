"""PSNR and SSIM as super-resolution papers report them: on Y, with the border cut off."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sesr.pixels.color import FloatImage


def shave(image: FloatImage, border: int) -> FloatImage:
    """Cut `border` pixels off each side of an (H, W[, C]) image."""
    return image[border:-border, border:-border] if border else image


def psnr(image: FloatImage, reference: FloatImage, border: int = 0) -> float:
    """Peak signal-to-noise ratio of two images with values in [0, 1].

    Args:
        image: (H, W[, C]).
        reference: same shape.
        border: pixels to cut off each side first, the scale by convention.

    Returns:
        Decibels; infinity for equal images.

    Example:
        >>> round(psnr(np.zeros((8, 8), np.float32), np.full((8, 8), 0.1, np.float32)), 3)
        20.0
    """
    difference = shave(image, border).astype(np.float64) - shave(reference, border)
    error = float(np.mean(difference**2))
    return float("inf") if error == 0 else -10.0 * float(np.log10(error))


def ssim(image: FloatImage, reference: FloatImage, border: int = 0) -> float:
    """Structural similarity of two single-channel images with values in [0, 1].

    The window is the 11 x 11 Gaussian of sigma 1.5; only windows inside the image count.

    Args:
        image: (H, W) or (H, W, 1), at least 11 x 11 after the border is cut off.
        reference: same shape.
        border: pixels to cut off each side first.

    Returns:
        Mean similarity, at most 1.

    Reference: Wang et al., "Image quality assessment: from error visibility to structural
    similarity", 2004.
    """
    a = shave(image, border).astype(np.float64).reshape(image.shape[0] - 2 * border, -1)
    b = shave(reference, border).astype(np.float64).reshape(a.shape)
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a = _blur(a * a) - mean_a**2
    variance_b = _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    structure = (2 * covariance + c2) / (variance_a + variance_b + c2)
    return float(np.mean(luminance * structure))


def _blur(image: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Separable Gaussian filter, only where the window lies inside the image."""
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    for axis in (0, 1):
        length = image.shape[axis] - len(window) + 1
        moved = np.moveaxis(image, axis, 0)
        filtered = sum(w * moved[i : i + length] for i, w in enumerate(window))
        image = np.moveaxis(np.asarray(filtered), 0, axis)
    return image

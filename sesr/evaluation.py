"""Measuring a network on a benchmark: PSNR and SSIM on Y, beside bicubic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sesr.color import FloatImage, rgb_to_y
from sesr.errors import ImageError
from sesr.metrics import psnr, ssim
from sesr.resize import crop_to_multiple, imresize, shrink_to_uint8

SMALLEST = 11
"""Side of the SSIM window."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over the images of a set; PSNR in dB.

    Attributes:
        images: how many.
        psnr, ssim: of the network.
        bicubic_psnr, bicubic_ssim: of MATLAB-style bicubic interpolation.
    """

    images: int
    psnr: float
    ssim: float
    bicubic_psnr: float
    bicubic_ssim: float


def evaluate(
    network: Callable[[FloatImage], FloatImage],
    images: Iterable[tuple[str, npt.NDArray[np.uint8]]],
    scale: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Scores:
    """Score a network by the protocol of the super-resolution literature.

    Each image is cropped to a multiple of the scale and shrunk in RGB by MATLAB's bicubic
    `imresize`, rounded to 8 bits; the network enlarges Y; the result is compared with the 8-bit
    Y of the image, `scale` border pixels left out. A gray image is its own Y, as in MATLAB.

    Args:
        network: from Y (h, w) to Y (h * scale, w * scale), float32.
        images: names and high-resolution images, (H, W, 3) or gray (H, W), uint8.
        scale: 2 or 4.
        progress: called with the number of images done.

    Raises:
        ImageError: an image is too small to be scored, or there is none.
    """
    rows: list[tuple[float, float, float, float]] = []
    for done, (name, image) in enumerate(images, start=1):
        _check_size(name, image, scale)
        rows.append(_score(network, crop_to_multiple(image, scale), scale))
        progress(done)
    if not rows:
        raise ImageError("evaluation needs at least one image; received none")
    means = np.mean(rows, axis=0)
    return Scores(len(rows), *(float(value) for value in means))


def _check_size(name: str, image: npt.NDArray[np.uint8], scale: int) -> None:
    height, width = image.shape[:2]
    least = SMALLEST + 2 * scale
    if min(height // scale, width // scale) * scale < least:
        raise ImageError(
            f"{name}: an image to evaluate needs at least {least} pixels a side; "
            f"received {width}x{height}"
        )


def _score(
    network: Callable[[FloatImage], FloatImage], high: npt.NDArray[np.uint8], scale: int
) -> tuple[float, float, float, float]:
    reference = reference_luma(high)
    low = input_luma(shrink_to_uint8(high, scale))
    enlarged = network(low)
    bicubic = np.clip(imresize(low, scale), 0, 1)
    return (
        psnr(enlarged, reference, scale),
        ssim(enlarged, reference, scale),
        psnr(bicubic, reference, scale),
        ssim(bicubic, reference, scale),
    )


def input_luma(image: npt.NDArray[np.uint8]) -> FloatImage:
    """Y of a small image, as a network gets it; (h, w) float32."""
    scaled = image.astype(np.float32) / np.float32(255)
    return scaled if image.ndim == 2 else rgb_to_y(scaled)[..., 0]


def reference_luma(image: npt.NDArray[np.uint8]) -> FloatImage:
    """Y of a large image, rounded to 8 bits as MATLAB's `rgb2ycbcr` does; (H, W) float32."""
    levels = np.floor(input_luma(image) * np.float32(255) + np.float32(0.5))
    return np.asarray(levels / np.float32(255), np.float32)

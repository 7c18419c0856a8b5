"""Measuring a network on a benchmark: PSNR and SSIM on Y, beside bicubic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sesr.errors import ImageError
from sesr.evaluation.metrics import psnr, ssim
from sesr.pixels.color import RGB_TO_YCBCR, FloatImage, input_luma, rgb_to_y
from sesr.pixels.imresize import crop_to_multiple, imresize, shrink_to_uint8

_SMALLEST = 11
"""Side of the SSIM window."""

GRAY_WEIGHTS = (RGB_TO_YCBCR[0] / RGB_TO_YCBCR[0].sum()).astype(np.float32)
"""Share of red, green and blue in a gray value: luma stretched over the range of gray images."""


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
    *,
    channels: int = 1,
) -> Scores:
    """Score a network by the protocol of the super-resolution literature.

    Each image is cropped to a multiple of the scale and shrunk in RGB by MATLAB's bicubic
    `imresize`, rounded to 8 bits; the network enlarges Y, or RGB of which Y is taken; the result
    is compared with the 8-bit Y of the image, `scale` border pixels left out. A gray image is
    its own Y, as in MATLAB.

    Args:
        network: from Y (h, w) to Y (h * scale, w * scale), or from RGB (h, w, 3) to RGB
            (h * scale, w * scale, 3), float32 in [0, 1].
        images: names and high-resolution images, (H, W, 3) or gray (H, W), uint8.
        scale: 2 or 4.
        progress: called with the number of images done.
        channels: what the network takes, 1 (Y) or 3 (RGB).

    Raises:
        ImageError: an image is too small to be scored, or there is none.
    """
    rows: list[tuple[float, float, float, float]] = []
    for done, (name, image) in enumerate(images, start=1):
        _check_size(name, image, scale)
        rows.append(_score(network, crop_to_multiple(image, scale), scale, channels))
        progress(done)
    if not rows:
        raise ImageError("evaluation needs at least one image; received none")
    means = np.mean(rows, axis=0)
    return Scores(len(rows), *(float(value) for value in means))


def _check_size(name: str, image: npt.NDArray[np.uint8], scale: int) -> None:
    height, width = image.shape[:2]
    least = _SMALLEST + 2 * scale
    if min(height // scale, width // scale) * scale < least:
        raise ImageError(
            f"{name}: an image to evaluate needs at least {least} pixels a side; "
            f"received {width}x{height}"
        )


def _score(
    network: Callable[[FloatImage], FloatImage],
    high: npt.NDArray[np.uint8],
    scale: int,
    channels: int,
) -> tuple[float, float, float, float]:
    reference = reference_luma(high)
    small = shrink_to_uint8(high, scale)
    low = input_luma(small)
    enlarged = network(low) if channels == 1 else _luma_through_rgb(network, small)
    bicubic = np.clip(imresize(low, scale), 0, 1)
    return (
        psnr(enlarged, reference, scale),
        ssim(enlarged, reference, scale),
        psnr(bicubic, reference, scale),
        ssim(bicubic, reference, scale),
    )


def _luma_through_rgb(
    network: Callable[[FloatImage], FloatImage], small: npt.NDArray[np.uint8]
) -> FloatImage:
    """Y of what an RGB network makes of a small image; of a gray image the gray value."""
    gray = small.ndim == 2
    rgb = np.repeat(small[..., np.newaxis], 3, axis=2) if gray else small
    enlarged = network(rgb.astype(np.float32) / np.float32(255))
    return enlarged @ GRAY_WEIGHTS if gray else rgb_to_y(enlarged)[..., 0]


def reference_luma(image: npt.NDArray[np.uint8]) -> FloatImage:
    """Y of a large image, rounded to 8 bits as MATLAB's `rgb2ycbcr` does; (H, W) float32."""
    levels = np.floor(input_luma(image) * np.float32(255) + np.float32(0.5))
    return np.asarray(levels / np.float32(255), np.float32)

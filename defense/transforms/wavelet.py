"""Wavelet shrinkage as a defense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.parallel import map_chunks
from sesr.errors import MissingExtraError, UsageError
from sesr.pixels.color import RGB_TO_YCBCR, YCBCR_TO_RGB

Shrinkage = Literal["BayesShrink", "VisuShrink"]
Planes = npt.NDArray[np.floating[Any]]
"""Images with the channels between the rows and the columns: (N, H, 3, W)."""
Threshold = Callable[[Planes], Planes]

_WAVELET = "db1"
_AXES = (1, 3)
"""Rows and columns of `Planes`."""
_SKIPPED_LEVELS = 3
"""Coarsest levels of the full decomposition that stay as they are; noise matters little there."""
_FLOOR = float(np.finfo(np.float32).eps)
"""Least signal variance of a subband, relative to the square of its channel's spread."""
_CENTRE = np.float32(0.5)
"""Taken off while the transform runs: rounding errors grow with the size of the values."""
_CHUNK_BYTES = 2**20
"""Images that a thread treats at a time: many small ones, or one of a classifier's usual size."""


@dataclass(frozen=True, slots=True)
class WaveletDenoise:
    """Shrink the wavelet details of every image in YCbCr.

    The image is split into Haar details and a coarse rest; each detail moves towards zero by a
    threshold that follows from the noise to remove. The result is that of scikit-image's
    `denoise_wavelet` (soft threshold, `convert2ycbcr=True`, `rescale_sigma=True`), clipped to
    [0, 1], for a whole batch at a time.

    Args:
        sigma: standard deviation of the noise in RGB, a fraction of full scale.
        method: "BayesShrink", a threshold for every subband from its own variance, or
            "VisuShrink", one larger threshold for a whole channel.

    Input and output: (N, H, W, 3), float32 RGB in [0, 1].

    Raises:
        UsageError: the sigma does not lie between 0 and 1, or the method is unknown.
        MissingExtraError: called without PyWavelets.

    Example:
        >>> noisy = np.random.default_rng(0).normal(0.5, 0.05, (1, 64, 64, 3))
        >>> clean = WaveletDenoise(sigma=0.05)(noisy.astype(np.float32))
        >>> bool(clean.std() < noisy.std() / 2)
        True

    References: S. G. Chang, B. Yu and M. Vetterli, "Adaptive wavelet thresholding for image
    denoising and compression", 2000; D. L. Donoho and I. M. Johnstone, "Ideal spatial
    adaptation by wavelet shrinkage", 1994.
    """

    sigma: float = 0.01
    method: Shrinkage = "BayesShrink"
    stages: ClassVar[Mapping[str, str]] = {
        "wavelet": "wavelet:0.02",
        "visushrink": "visushrink:0.02",
    }

    def __post_init__(self) -> None:
        if not isinstance(self.sigma, float | int) or not 0 < self.sigma < 1:
            raise UsageError(
                f"the sigma of WaveletDenoise must be a number between 0 and 1; "
                f"received {self.sigma!r}: give it as a fraction of full scale, 0.02 for 5 of 255"
            )
        if self.method not in get_args(Shrinkage):
            raise UsageError(
                f"unknown method of WaveletDenoise {self.method!r}: "
                f"the methods are {', '.join(get_args(Shrinkage))}"
            )

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch: (N, H, W, 3) to the same shape, float32 in [0, 1]."""
        images = check_batch(images, "WaveletDenoise")
        chunk = max(1, _CHUNK_BYTES // images[0].nbytes)
        return map_chunks(partial(_denoise, sigma=self.sigma, method=self.method), images, chunk)

    @classmethod
    def parse(cls, name: str, value: str) -> WaveletDenoise:
        """From "0.02"."""
        return cls(float(value), "BayesShrink" if name == "wavelet" else "VisuShrink")

    def __str__(self) -> str:
        name = "wavelet" if self.method == "BayesShrink" else "visushrink"
        return f"{name}:{self.sigma}"

    def graph(self, straight_through: bool) -> GraphFunction:
        """The same in NumPy: thresholds that follow the image have no useful gradient."""
        from defense.differentiable import numpy_graph

        return numpy_graph(self, straight_through, keeps_size=True)


def _denoise(images: ImageBatch, sigma: float, method: Shrinkage) -> ImageBatch:
    """Denoise a batch in one thread.

    YCbCr is used without its offsets, which the details never see, and divided by 255.
    """
    _, height, width, _ = images.shape
    # One small matrix product a row: BLAS would start threads of its own for larger ones, and
    # they would fight with ours. It also leaves every row of a channel in one piece.
    planes = RGB_TO_YCBCR.astype(np.float32) @ (images.swapaxes(2, 3) - _CENTRE)
    # Independent noise in R, G and B: the variances add up with squared weights.
    variance = sigma**2 * np.sum(RGB_TO_YCBCR**2, axis=1)
    threshold: Threshold
    if method == "VisuShrink":
        threshold = partial(_visu_threshold, variance, height * width)
    else:
        threshold = partial(_bayes_threshold, variance, np.ptp(planes, axis=_AXES))
    shrunk = _shrink_details(planes, _levels(height, width), threshold)
    rgb = YCBCR_TO_RGB.astype(np.float32) @ shrunk
    rgb += _CENTRE
    np.clip(rgb, 0.0, 1.0, out=rgb)
    return np.ascontiguousarray(rgb.swapaxes(2, 3))


def _shrink_details(planes: Planes, levels: int, threshold: Threshold) -> Planes:
    """Denoise planes whose coarse version, half as large, is denoised the same way."""
    pywt = _pywavelets()
    coarse, details = pywt.dwt2(planes, _WAVELET, axes=_AXES)
    if levels > 1:
        coarse = _shrink_details(coarse, levels - 1, threshold)
    shrunk = tuple(_soft_threshold(detail, threshold(detail)) for detail in details)
    merged: Planes = pywt.idwt2((coarse, shrunk), _WAVELET, axes=_AXES)
    # An odd side comes back with one row or column more than it had.
    return merged[:, : planes.shape[1], :, : planes.shape[3]]


def _levels(height: int, width: int) -> int:
    """How many times to halve an image; the full number is the logarithm of its short side."""
    return max(min(height, width).bit_length() - 1 - _SKIPPED_LEVELS, 1)


def _bayes_threshold(variance: Planes, spread: Planes, detail: Planes) -> Planes:
    """BayesShrink: noise variance over signal deviation, for every image and channel.

    Args:
        variance: (3,), of the noise.
        spread: (N, 3), largest minus smallest value of each channel.
        detail: (N, h, 3, w), one subband.

    Returns:
        (N, 3).
    """
    signal = np.mean(np.square(detail), axis=_AXES) - variance
    # scikit-image scales channels to [0, 1] before it puts a floor under the signal. A flat
    # channel, which it leaves alone, has no details: any finite threshold keeps it flat.
    floor = _FLOOR * np.square(np.maximum(spread, 1e-6))
    threshold: Planes = variance / np.sqrt(np.maximum(signal, floor))
    return threshold


def _visu_threshold(variance: Planes, pixels: int, detail: Planes) -> Planes:
    """VisuShrink: about the largest of so many noise values; the same for every subband, (3,)."""
    threshold: Planes = np.sqrt(2 * variance * np.log(pixels))
    return threshold


def _soft_threshold(detail: Planes, threshold: Planes) -> Planes:
    """Move every value of (N, h, 3, w) towards zero by its channel's threshold, and no further."""
    limit = threshold.astype(np.float32)[..., np.newaxis, :, np.newaxis]
    return detail - np.clip(detail, -limit, limit)


def _pywavelets() -> Any:
    try:
        import pywt
    except ModuleNotFoundError:
        raise MissingExtraError("WaveletDenoise", "defense") from None
    return pywt

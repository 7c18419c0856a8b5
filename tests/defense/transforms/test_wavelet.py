from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from skimage.restoration import denoise_wavelet

from defense import WaveletDenoise
from defense.batch import ImageBatch
from sesr.errors import MissingExtraError

MakePhotos = Callable[..., ImageBatch]
both_methods = pytest.mark.parametrize("method", ["BayesShrink", "VisuShrink"])


def reference(images: Any, sigma: float, method: str) -> Any:
    options = {"mode": "soft", "convert2ycbcr": True, "rescale_sigma": True, "channel_axis": -1}
    denoised = [denoise_wavelet(i, sigma=sigma, method=method, **options) for i in images]
    return np.clip(denoised, 0, 1)


@both_methods
@pytest.mark.parametrize("sigma", [0.001, 0.01, 0.03, 0.2])
@pytest.mark.parametrize("shape", [(2, 2), (5, 7), (16, 16), (33, 17), (64, 65), (97, 101)])
def test_equals_scikit_image(
    shape: tuple[int, int], sigma: float, method: Any, noisy_photos: MakePhotos
) -> None:
    images = noisy_photos(2, *shape)
    ours = WaveletDenoise(sigma, method)(images)
    np.testing.assert_allclose(ours, reference(images, sigma, method), rtol=0, atol=1e-6)


@both_methods
def test_equals_scikit_image_at_the_size_of_a_classifier(
    method: Any, noisy_photos: MakePhotos
) -> None:
    # At this size scikit-image's own rounding errors reach 1e-6 in single precision.
    images = noisy_photos(2, 299, 299)
    expected = reference(images.astype(np.float64), 0.02, method)
    np.testing.assert_allclose(WaveletDenoise(0.02, method)(images), expected, rtol=0, atol=1e-6)


def flat_but_one_pixel(_: ImageBatch) -> ImageBatch:
    """Details so few that their variance is below the noise's: the threshold has a floor."""
    images = np.full((1, 64, 64, 3), 0.5, np.float32)
    images[0, 20, 20] = (1.0, 0.2, 0.0)
    return images


def grey(photos: ImageBatch) -> ImageBatch:
    return np.repeat(photos[..., :1], 3, axis=-1)


@both_methods
@pytest.mark.parametrize("make", [flat_but_one_pixel, grey])
@pytest.mark.parametrize("sigma", [0.002, 0.02])
def test_equals_scikit_image_where_channels_are_flat(
    make: Callable[[ImageBatch], ImageBatch], sigma: float, method: Any, photos: ImageBatch
) -> None:
    images = make(photos)
    ours = WaveletDenoise(sigma, method)(images)
    np.testing.assert_allclose(ours, reference(images, sigma, method), rtol=0, atol=1e-6)


@both_methods
def test_larger_sigma_leaves_less_detail(method: Any, photos: ImageBatch) -> None:
    def detail(images: ImageBatch) -> float:
        return float(np.abs(np.diff(images, axis=2)).mean())

    left = [detail(WaveletDenoise(sigma, method)(photos)) for sigma in (0.001, 0.01, 0.03, 0.1)]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.7 * detail(photos)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_images_of_one_row_or_column_are_denoised(
    shape: tuple[int, int], noisy_photos: MakePhotos
) -> None:
    images = noisy_photos(1, *shape)
    assert WaveletDenoise(0.01)(images).shape == images.shape


def test_missing_pywavelets_names_the_extra(
    photos: ImageBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pywt", None)
    with pytest.raises(MissingExtraError, match=r'WaveletDenoise needs .*"\.\[defense\]"'):
        WaveletDenoise()(photos)

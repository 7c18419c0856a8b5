import numpy as np
import pytest

from photos import make_photo
from sesr.evaluation.metrics import psnr, shave, ssim

metrics = pytest.importorskip("skimage.metrics")


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    first = make_photo(40, 50)[..., 0].astype(np.float32) / 255
    noise = np.random.default_rng(0).normal(0, 0.05, first.shape)
    return first, np.clip(first + noise, 0, 1).astype(np.float32)


@pytest.mark.parametrize("border", [0, 2, 4])
def test_psnr_is_that_of_scikit_image(pair: tuple[np.ndarray, np.ndarray], border: int) -> None:
    a, b = pair
    expected = metrics.peak_signal_noise_ratio(shave(a, border), shave(b, border), data_range=1)
    assert psnr(b, a, border) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("border", [0, 2, 4])
def test_ssim_is_that_of_scikit_image(pair: tuple[np.ndarray, np.ndarray], border: int) -> None:
    a, b = pair
    expected = metrics.structural_similarity(
        shave(a, border).astype(np.float64),
        shave(b, border).astype(np.float64),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1,
    )
    assert ssim(b, a, border) == pytest.approx(expected, abs=1e-6)


def test_equal_images_are_infinitely_good() -> None:
    image = np.full((12, 12), 0.5, np.float32)
    assert psnr(image, image) == float("inf")
    assert ssim(image, image) == pytest.approx(1)

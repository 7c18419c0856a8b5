import cv2
import numpy as np
import pytest

from photos import make_photo
from sesr.pixels.color import RGB_TO_YCBCR, rgb_to_y


@pytest.mark.parametrize(
    ("rgb", "luma"),
    [
        ((1, 1, 1), 235),
        ((0, 0, 0), 16),
        ((1, 0, 0), 81.481),
        ((0, 1, 0), 144.553),
        ((0, 0, 1), 40.966),
    ],
)
def test_corners_of_the_cube(rgb: tuple[int, ...], luma: float) -> None:
    assert rgb_to_y(np.array([[rgb]], np.float32)).item() * 255 == pytest.approx(luma, abs=1e-3)


def test_gray_has_no_chroma() -> None:
    np.testing.assert_allclose(RGB_TO_YCBCR[1:].sum(axis=1), 0, atol=1e-12)


def test_luma_is_opencvs_squeezed_into_the_studio_range() -> None:
    rgb = make_photo(20, 30).astype(np.float32) / 255
    full = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)[..., 0]
    np.testing.assert_allclose(rgb_to_y(rgb)[..., 0] * 255, 16 + 219 * full, atol=0.05)

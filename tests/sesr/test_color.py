import cv2
import numpy as np
import pytest

from photos import make_photo
from sesr.color import rgb_to_y, rgb_to_ycbcr, ycbcr_to_rgb


@pytest.mark.parametrize(
    ("rgb", "ycbcr"),
    [
        ((1, 1, 1), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((1, 0, 0), (81.481, 90.203, 240)),
        ((0, 1, 0), (144.553, 53.797, 34.214)),
        ((0, 0, 1), (40.966, 240, 109.786)),
    ],
)
def test_corners_of_the_cube(rgb: tuple[int, ...], ycbcr: tuple[float, ...]) -> None:
    converted = rgb_to_ycbcr(np.array([[rgb]], np.float32))[0, 0] * 255
    np.testing.assert_allclose(converted, ycbcr, atol=1e-3)


def test_there_and_back() -> None:
    rgb = make_photo(20, 30).astype(np.float32) / 255
    np.testing.assert_allclose(ycbcr_to_rgb(rgb_to_ycbcr(rgb)), rgb, atol=1e-5)


def test_luma_is_the_first_channel() -> None:
    rgb = make_photo(20, 30).astype(np.float32) / 255
    np.testing.assert_allclose(rgb_to_y(rgb), rgb_to_ycbcr(rgb)[..., :1], atol=1e-6)


def test_luma_is_opencvs_squeezed_into_the_studio_range() -> None:
    rgb = make_photo(20, 30).astype(np.float32) / 255
    full = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)[..., 0]
    np.testing.assert_allclose(rgb_to_y(rgb)[..., 0] * 255, 16 + 219 * full, atol=0.05)

import numpy as np
import pytest

from sesr.pixels.alpha import VisibleColors


def bleed(color: np.ndarray, alpha: np.ndarray, reach: int) -> np.ndarray:
    """All rows at once."""
    out = VisibleColors(np.dstack([color, alpha]), reach)[0 : len(color)]
    return out.reshape(color.shape)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_colors_flow_as_far_as_they_reach(dtype: type) -> None:
    color = np.zeros((21, 21, 3), dtype)
    alpha = np.zeros((21, 21), dtype)
    color[10, 10], alpha[10, 10] = (3, 2, 1), 1
    out = bleed(color, alpha, reach=4)
    expected = np.zeros_like(color)
    expected[6:15, 6:15] = (3, 2, 1)
    np.testing.assert_array_equal(out, expected)
    assert color.sum() == 6


def test_visible_and_far_pixels_are_not_touched() -> None:
    random = np.random.default_rng(0)
    color = random.integers(0, 256, (50, 60, 3), np.uint8)
    alpha = np.zeros((50, 60), np.uint8)
    alpha[:10] = 200
    out = bleed(color, alpha, reach=5)
    np.testing.assert_array_equal(out[:10], color[:10])
    np.testing.assert_array_equal(out[15:], color[15:])
    assert (out[10:15] != color[10:15]).any()


def test_large_images_are_one_image() -> None:
    random = np.random.default_rng(0)
    color = random.integers(0, 256, (1100, 8), np.uint8)
    alpha = (random.random((1100, 8)) < 0.01).astype(np.uint8)
    out = bleed(color, alpha, reach=9)
    shifted = bleed(color[300:], alpha[300:], reach=9)
    np.testing.assert_array_equal(out[320:], shifted[20:])


def test_rows_may_be_asked_for_in_any_order() -> None:
    random = np.random.default_rng(1)
    color = random.integers(0, 256, (3000, 8, 3), np.uint8)
    alpha = (random.random((3000, 8)) < 0.05).astype(np.uint8)
    whole = bleed(color, alpha, reach=7)
    rows = VisibleColors(np.dstack([color, alpha]), 7)
    assert rows.shape == whole.shape
    for start, stop in ((0, 3000), (2990, 3000), (100, 700), (127, 129), (0, 1)):
        np.testing.assert_array_equal(rows[start:stop], whole[start:stop])

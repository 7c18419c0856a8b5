from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesr.pixels.color import rgb_to_y
from sesr.pixels.imresize import imresize
from sesr.pixels.luma import join_luma, split_luma


def random_image(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).random(shape, dtype=np.float32)
    return (values * 255).round().astype(np.uint8) if dtype == "uint8" else values


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("shape", [(9, 14, 3), (9, 14, 1), (9, 14)])
def test_splitting_and_joining_gives_the_image_back(shape: tuple[int, ...], dtype: str) -> None:
    image = random_image(shape, dtype)
    out = np.empty_like(image)
    join_luma(split_luma(image), image, 0, 9, out)
    np.testing.assert_allclose(out.astype(float), image.astype(float), atol=1e-6)


def test_luma_is_the_training_luma() -> None:
    image = random_image((9, 14, 3), "uint8")
    expected = rgb_to_y(image.astype(np.float32) / 255)[..., 0]
    np.testing.assert_allclose(split_luma(image), expected, atol=1e-6)


def test_gray_has_the_luma_of_gray_rgb() -> None:
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    as_rgb = np.repeat(gray[..., np.newaxis], 3, axis=2)
    np.testing.assert_allclose(split_luma(gray), split_luma(as_rgb), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 70),
    scale=st.sampled_from([2, 4]),
    dtype=st.sampled_from(["uint8", "float32"]),
    cuts=st.lists(st.integers(0, 40), max_size=4),
)
def test_bands_join_exactly(
    height: int, width: int, scale: int, dtype: str, cuts: list[int]
) -> None:
    image = random_image((height, width, 3), dtype)
    luma = random_image((height * scale, width * scale), "float32", seed=1)
    whole = np.empty((height * scale, width * scale, 3), image.dtype)
    join_luma(luma, image, 0, height, whole)
    banded = np.empty_like(whole)
    edges = sorted({0, height, *(cut for cut in cuts if cut < height)})
    for start, stop in pairwise(edges):
        rows = slice(start * scale, stop * scale)
        join_luma(luma[rows], image, start, stop, banded[rows])
    np.testing.assert_array_equal(banded, whole)


def test_color_is_enlarged_by_a_cubic() -> None:
    # With the luma of the enlarged image given, the result is the enlarged image.
    smooth = imresize(random_image((6, 6, 3), "float32"), 4) * 0.5 + 0.25
    expected = np.clip(imresize(smooth, 2), 0, 1)
    out = np.empty_like(expected)
    join_luma(rgb_to_y(expected)[..., 0], smooth, 0, len(smooth), out)
    # OpenCV's cubic is a little steeper than MATLAB's.
    np.testing.assert_allclose(out, expected, atol=0.02)

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from defense import Rescale, Resize
from defense.batch import ImageBatch
from sesr.pixels.imresize import imresize


@pytest.mark.parametrize("size", [(20, 33), (45, 70), (91, 64), (140, 211)])
def test_nearest_equals_pillow(size: tuple[int, int], photos: ImageBatch) -> None:
    eight_bit = np.rint(photos * 255).astype(np.uint8)
    expected = [
        np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.NEAREST))
        for image in eight_bit
    ]
    out = Resize(size, "nearest")(eight_bit.astype(np.float32) / 255)
    np.testing.assert_array_equal(np.rint(out * 255), expected)


def test_nearest_rescale_repeats_every_pixel(photos: ImageBatch) -> None:
    np.testing.assert_array_equal(Rescale(3)(photos), photos.repeat(3, axis=1).repeat(3, axis=2))


@pytest.mark.parametrize("scale", [0.2, 0.6, 2, 3])
def test_bicubic_equals_imresize_away_from_the_borders(scale: float, photos: ImageBatch) -> None:
    expected = np.stack([imresize(image, scale) for image in photos]).clip(0, 1)
    out = Resize(expected.shape[1:3], "bicubic")(photos)
    # The two treat borders in different ways; the kernel reaches two widened pixels far.
    margin = int(np.ceil(2 * max(1, scale)))
    inside = np.s_[:, margin:-margin, margin:-margin]
    assert out[inside].size > 0
    np.testing.assert_allclose(out[inside], expected[inside], atol=1e-5)


def test_bicubic_is_antialiased() -> None:
    stripes = np.zeros((1, 64, 64, 3), np.float32)
    stripes[:, ::2] = 1
    assert np.ptp(Resize(16, "nearest")(stripes)) == 0
    np.testing.assert_allclose(Resize(16)(stripes)[:, 2:-2], 0.5, atol=0.05)


def test_same_size_changes_nothing(photos: ImageBatch) -> None:
    for method in ("bicubic", "nearest"):
        np.testing.assert_array_equal(Resize(photos.shape[1:3], method)(photos), photos)


def test_size_is_height_then_width(photos: ImageBatch) -> None:
    assert Resize((10, 30))(photos).shape == (5, 10, 30, 3)
    assert Resize(10)(photos).shape == (5, 10, 10, 3)
    assert Rescale(2, "bicubic")(photos).shape == (5, 90, 140, 3)

import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.pixels.lanczos import resize_bands


def in_bands(image: np.ndarray, rows: int) -> list[np.ndarray]:
    return [image[top : top + rows] for top in range(0, len(image), rows)]


def resized(image: np.ndarray, target: tuple[int, int], rows: int = 37) -> np.ndarray:
    return np.concatenate(list(resize_bands(iter(in_bands(image, rows)), image.shape[:2], target)))


@pytest.mark.parametrize("target", [(301, 203), (80, 60), (2000, 190), (1, 1), (700, 500)])
def test_bands_give_what_the_whole_image_gives(target: tuple[int, int]) -> None:
    image = make_photo(700, 500)
    whole = Image.fromarray(image).resize(target[::-1], Image.Resampling.LANCZOS)
    difference = resized(image, target).astype(int) - np.asarray(whole)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bits_agree_with_8(channels: int) -> None:
    image = np.dstack([make_photo(90, 70), np.full((90, 70), 255, np.uint8)])[..., -channels:]
    deep = resized(image.astype(np.uint16) * 257, (40, 31))
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257 - resized(image, (40, 31))).max() <= 1.01


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_hidden_colors_stay_hidden(dtype: type) -> None:
    peak = np.iinfo(dtype).max
    image = np.zeros((40, 40, 4), dtype)
    image[..., :3] = peak
    image[10:30, 10:30] = (0, 0, 0, peak)
    small = resized(image, (17, 17))
    visible = small[..., 3] > peak // 8
    assert visible.any()
    assert small[visible][:, :3].max() <= peak * 0.02

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photos import make_photo
from sesr import Upscaler
from sesr.errors import ImageError, ModelError, UsageError
from sesr.evaluation.metrics import psnr
from sesr.pixels.imresize import imresize, shrink_to_uint8

WHOLE = 10_000
"""A tile that every test image fits into."""


@pytest.fixture(scope="module")
def upscaler() -> Upscaler:
    return Upscaler()


def of_kind(height: int, width: int, channels: int, dtype: Any) -> np.ndarray:
    """A photograph of some type; with 2 and 4 channels a disc of it is visible."""
    image = make_photo(height, width)
    if channels in (2, 4):
        y, x = np.mgrid[:height, :width]
        disc = np.hypot(y - height / 2, x - width / 2) * 8
        alpha = np.clip(8 * min(height, width) * 0.4 - disc + 128, 0, 255).astype(np.uint8)
        image = np.dstack([image[..., : channels - 1], alpha])
    elif channels < 3:
        image = image[..., :1] if channels else image[..., 0]
    if dtype == np.uint8:
        return image
    return image.astype(np.uint16) * 257 if dtype == np.uint16 else image.astype(np.float32) / 255


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    tile=st.integers(19, 60),
    scale=st.sampled_from([2, 4]),
    channels=st.sampled_from([0, 1, 2, 3, 4]),
    dtype=st.sampled_from([np.uint8, np.uint16, np.float32]),
)
def test_tiled_equals_whole(
    height: int, width: int, tile: int, scale: int, channels: int, dtype: Any
) -> None:
    image = of_kind(height, width, channels, dtype)
    whole = Upscaler(scale=scale, tile=WHOLE)(image)
    np.testing.assert_array_equal(Upscaler(scale=scale, tile=tile)(image), whole)


@settings(max_examples=10, deadline=None)
@given(height=st.integers(1, 120), width=st.integers(1, 120), tile=st.integers(19, 60))
def test_tiled_luma_is_bit_identical(height: int, width: int, tile: int) -> None:
    luma = np.random.default_rng(0).random((height, width), dtype=np.float32)
    whole = Upscaler(tile=WHOLE).luma(luma)
    np.testing.assert_array_equal(Upscaler(tile=tile).luma(luma), whole)


def test_the_default_tile_equals_whole() -> None:
    image = make_photo(300, 530)
    np.testing.assert_array_equal(Upscaler()(image), Upscaler(tile=WHOLE)(image))


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(
    "shape", [(20, 31, 4), (20, 31, 3), (20, 31, 2), (20, 31, 1), (20, 31), (1, 1, 3), (1, 40)]
)
def test_arrays_keep_their_kind(shape: tuple[int, ...], dtype: Any, scale: int) -> None:
    result = Upscaler(scale=scale)(np.full(shape, 1, dtype))
    assert result.shape == (shape[0] * scale, shape[1] * scale, *shape[2:])
    assert result.dtype == dtype


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_pillow_images_keep_their_mode(upscaler: Upscaler, photo: Any, mode: str) -> None:
    image = Image.fromarray(photo).convert(mode)
    result = upscaler(image)
    assert (result.mode, result.size) == (mode, (200, 150))
    image.info = {"dpi": (300, 300), "icc_profile": b"profile"}
    assert upscaler(image).info == image.info
    np.testing.assert_array_equal(np.asarray(result), upscaler(np.asarray(image)))


@pytest.mark.parametrize("value", [0, 1, 127, 254, 255])
def test_flat_colors_do_not_shift(upscaler: Upscaler, value: int) -> None:
    image = np.full((40, 40, 3), (value, 255 - value, value), np.uint8)
    inside = upscaler(image)[20:-20, 20:-20].astype(int)
    assert np.abs(inside - image[0, 0]).max() <= 1


def test_means_of_channels_stay(upscaler: Upscaler, photo: Any) -> None:
    shift = upscaler(photo).mean(axis=(0, 1)) - photo.mean(axis=(0, 1))
    assert np.abs(shift).max() < 0.5


def test_16_bits_are_8_bits_with_more_between(upscaler: Upscaler, photo: Any) -> None:
    fine = upscaler(photo.astype(np.uint16) * 257)
    assert np.abs(fine / 257 - upscaler(photo)).max() <= 0.51
    assert len(np.unique(fine)) > 256


def test_a_dark_16_bit_image_stays_dark(upscaler: Upscaler, photo: Any) -> None:
    dark = photo.astype(np.uint16)
    shift = upscaler(dark).mean(axis=(0, 1)) - dark.mean(axis=(0, 1))
    assert np.abs(shift).max() < 257 / 2


@pytest.mark.parametrize("alpha", [0, 1, 128, 255])
def test_a_constant_alpha_is_exact(upscaler: Upscaler, photo: Any, alpha: int) -> None:
    result = upscaler(np.dstack([photo, np.full(photo.shape[:2], alpha, np.uint8)]))
    assert (result[..., 3] == alpha).all()
    np.testing.assert_array_equal(result[..., :3], upscaler(photo))


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("hidden", [0, 255])
def test_hidden_colors_make_no_halo(scale: int, hidden: int) -> None:
    image = np.full((60, 60, 4), (*[hidden] * 3, 0), np.uint8)
    image[20:40, 20:40] = (120, 60, 30, 255)
    result = Upscaler(scale=scale)(image).astype(int)
    visible = result[..., 3] > 0
    assert np.abs(result[visible][:, :3] - (120, 60, 30)).max() <= 1


def test_clear_stays_clear_and_opaque_stays_opaque(upscaler: Upscaler) -> None:
    image = np.zeros((40, 40, 2), np.uint8)
    image[10:30, 10:30] = (200, 255)
    alpha = upscaler(image)[..., 1]
    assert (alpha[22:58, 22:58] == 255).all()
    assert alpha[:18].max() == alpha[62:].max() == 0
    assert len(np.unique(alpha)) > 2


def test_bands_are_the_rows_of_the_image(upscaler: Upscaler) -> None:
    image = of_kind(600, 40, 4, np.uint8)
    bands = list(upscaler.bands(image))
    assert len(bands) > 2
    np.testing.assert_array_equal(np.concatenate(bands), upscaler(image))


def test_bands_that_nobody_wants_are_not_computed(upscaler: Upscaler) -> None:
    done: list[int] = []
    bands = upscaler.bands(make_photo(4000, 30), lambda count, total: done.append(count))
    next(bands)
    bands.close()
    assert len(done) < 5
    assert upscaler(make_photo(30, 30)).shape == (60, 60, 3)


def test_threads_do_not_mix_images(upscaler: Upscaler) -> None:
    images = [make_photo(30 + i, 44 - i, seed=i) for i in range(8)]
    alone = [upscaler(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(upscaler, images))
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a, b)


def test_progress_counts_tiles() -> None:
    calls: list[tuple[int, int]] = []
    Upscaler(tile=40)(make_photo(50, 60), lambda done, total: calls.append((done, total)))
    assert calls == [(i, len(calls)) for i in range(1, len(calls) + 1)]
    assert len(calls) > 1


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 5), np.uint8), r"received shape \(4, 4, 5\)"),
        (np.zeros((0, 4, 3), np.uint8), "at least one pixel"),
        (np.zeros((4,), np.uint8), r"received shape \(4,\)"),
        (np.zeros((4, 4), np.int16), "received int16"),
        (Image.new("CMYK", (4, 4)), "received mode CMYK"),
    ],
)
def test_other_images_are_refused(upscaler: Upscaler, image: Any, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        upscaler(image)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "M99"}, UsageError, "unknown model 'M99'"),
        ({"model": "N7"}, UsageError, "no trained N7 x2 is in the package, which has M2 x2"),
        ({"scale": 3}, UsageError, "unknown scale 3"),
        ({"tile": 18}, UsageError, "larger than two halos of 9 pixels; received 18"),
        ({"model": "nowhere/x.tflite"}, ModelError, r"nowhere/x\.json: no such model card"),
    ],
)
def test_bad_arguments_are_named(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Upscaler(**arguments)


def test_a_photograph_gets_sharper_than_bicubic(real_data: Path) -> None:
    image = np.asarray(
        Image.open(real_data / "sr" / "test" / "Set5" / "butterfly.png").convert("RGB")
    )
    small = shrink_to_uint8(image, 2)
    bicubic = np.clip(imresize(small.astype(np.float32) / 255, 2), 0, 1)
    reference = image.astype(np.float32) / 255
    ours = Upscaler()(small).astype(np.float32) / 255
    assert psnr(ours, reference, 2) > psnr(bicubic, reference, 2) + 3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
def test_a_network_for_rgb_takes_every_kind_and_joins_its_tiles(channels: int, dtype: Any) -> None:
    image = of_kind(41, 67, channels, dtype)
    whole = Upscaler("M2", channels=3, tile=WHOLE)(image)
    assert (whole.shape[:2], whole.shape[2:], whole.dtype) == ((82, 134), image.shape[2:], dtype)
    np.testing.assert_array_equal(Upscaler("M2", channels=3, tile=30)(image), whole)


def test_a_network_for_rgb_gives_what_its_file_computes() -> None:
    from sesr.catalog.shipped import find_model
    from sesr.engine.litert import LiteRTNetwork

    image = make_photo(40, 50)
    raw = LiteRTNetwork(find_model("M3", 2, 3).litert)(image.astype(np.float32) / 255)
    expected = np.clip(np.rint(raw * 255), 0, 255).astype(np.uint8)
    upscale = Upscaler("M3", channels=3, precision="float32")
    np.testing.assert_array_equal(upscale(image), expected)
    assert (Upscaler("M3")(image) != expected).any()


def test_gray_through_a_network_for_rgb_is_that_of_the_rgb_image() -> None:
    gray = make_photo(40, 50)[..., 0]
    upscale = Upscaler("M2", channels=3)
    in_color = upscale(np.dstack([gray] * 3)).astype(int)
    assert abs(upscale(gray) - in_color.mean(axis=2)).mean() < 1


def test_what_is_opaque_stays_opaque_in_rgb_too() -> None:
    image = of_kind(40, 50, 4, np.uint8)
    large = Upscaler("M2", channels=3)(image)
    assert (large[image[..., 3].repeat(2, 0).repeat(2, 1) == 255][..., 3]).min() > 200
    assert large[..., 3].min() == 0


def test_a_network_for_rgb_has_no_luma_of_its_own() -> None:
    with pytest.raises(UsageError, match="takes RGB and no luma"):
        Upscaler("M2", channels=3).luma(np.zeros((8, 8), np.float32))


def test_an_unknown_model_is_told_which_are_shipped() -> None:
    with pytest.raises(UsageError, match=r"unknown model 'M6'.* the models are ") as caught:
        Upscaler("M6")
    assert "M11" in str(caught.value)
    assert "N7" not in str(caught.value)

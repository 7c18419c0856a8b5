"""8-bit images through networks that were trained for int8."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photos import make_photo
from sesr import Upscaler
from sesr.catalog import shipped
from sesr.catalog.shipped import find_form, find_model
from sesr.engine import choose_int8
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import UsageError
from sesr.evaluation.metrics import psnr
from sesr.pixels.imresize import shrink_to_uint8
from sesr.pixels.levels import to_int8_image

WHOLE = 10_000


@pytest.fixture(scope="module")
def exact() -> Upscaler:
    return Upscaler(precision="float32")


@pytest.fixture(scope="module")
def upscaler() -> Upscaler:
    return Upscaler(precision="int8")


def of_kind(height: int, width: int, channels: int) -> np.ndarray:
    image = make_photo(height, width)
    if channels in (2, 4):
        alpha = np.linspace(0, 255, width).astype(np.uint8)[np.newaxis].repeat(height, axis=0)
        return np.dstack([image[..., : channels - 1], alpha])
    return image[..., :channels] if channels else image[..., 0]


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    tile=st.integers(19, 60),
    channels=st.sampled_from([0, 1, 2, 3, 4]),
    network=st.sampled_from([("M5", 1), ("M2", 3)]),
)
def test_tiles_join_to_the_bit(
    height: int, width: int, tile: int, channels: int, network: tuple[str, int]
) -> None:
    image, (model, colors) = of_kind(height, width, channels), network
    whole = Upscaler(model, channels=colors, tile=WHOLE, precision="int8")(image)
    assert (whole.shape[2:], whole.dtype) == (image.shape[2:], np.uint8)
    tiled = Upscaler(model, channels=colors, tile=tile, precision="int8")(image)
    np.testing.assert_array_equal(tiled, whole)


def test_luma_is_what_the_file_computes(upscaler: Upscaler) -> None:
    luma = to_int8_image(make_photo(60, 70)[..., 0] / np.float32(255))
    int8 = find_form(find_model("M5", 2), "int8")
    assert int8 is not None
    expected = LiteRTNetwork(int8.litert)(luma[..., np.newaxis])[..., 0]
    enlarged = upscaler.luma(luma)
    assert enlarged.dtype == np.int8
    np.testing.assert_array_equal(enlarged, expected)
    with pytest.raises(UsageError, match="int8 luma needs a network in int8"):
        Upscaler(precision="float32").luma(luma)


def test_a_network_for_rgb_gives_what_its_file_computes() -> None:
    image = make_photo(40, 50)
    int8 = find_form(find_model("M2", 2, 3), "int8")
    assert int8 is not None
    raw = LiteRTNetwork(int8.litert)((image.astype(np.int16) - 128).astype(np.int8))
    np.testing.assert_array_equal(
        Upscaler("M2", channels=3, precision="int8")(image), raw.astype(int) + 128
    )


@pytest.mark.parametrize("channels", [0, 1, 3])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_more_than_8_bits_keep_float32(
    upscaler: Upscaler, exact: Upscaler, channels: int, dtype: Any
) -> None:
    image = of_kind(40, 50, channels).astype(np.float32) / 255
    if dtype == np.uint16:
        image = (image * 65535).astype(np.uint16)
    np.testing.assert_array_equal(upscaler(image), exact(image))


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_keeps_float32(upscaler: Upscaler, exact: Upscaler, channels: int) -> None:
    image = of_kind(40, 50, channels)
    rounded, reference = upscaler(image), exact(image)
    np.testing.assert_array_equal(rounded[..., -1], reference[..., -1])
    assert (rounded[..., :-1] != reference[..., :-1]).any()


def test_a_constant_alpha_changes_no_color(upscaler: Upscaler, photo: Any) -> None:
    opaque = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(upscaler(opaque)[..., :3], upscaler(photo))


@pytest.mark.parametrize("value", [0, 1, 100, 127, 254, 255])
def test_flat_colors_do_not_shift(upscaler: Upscaler, value: int) -> None:
    for color in (value, (value, 255 - value, value)):
        image = np.full((40, 40, *np.shape(color)), color, np.uint8)
        inside = upscaler(image)[20:-20, 20:-20].astype(int)
        assert np.abs(inside - image[0, 0]).max() <= 1


def test_what_the_small_luma_lost_by_rounding_comes_back(upscaler: Upscaler) -> None:
    """Of 196 grays on a slow slope, luma alone would leave 168."""
    slope = np.arange(256, dtype=np.uint8)[np.newaxis].repeat(40, axis=0)
    for image in (slope, np.dstack([slope] * 3)):
        middle = upscaler(image)[40, 40:-40].astype(int).reshape(432, -1)[:, 0]
        assert len(set(range(30, 226)) & set(middle.tolist())) > 190


def test_it_stays_near_float32(real_data: Path, upscaler: Upscaler, exact: Upscaler) -> None:
    losses = []
    for path in sorted((real_data / "sr" / "test" / "Set14").iterdir()):
        image = np.asarray(Image.open(path).convert("RGB"))
        image = image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]
        small, reference = shrink_to_uint8(image, 2), image.astype(np.float32) / 255
        best, rounded = (
            psnr(upscale(small).astype(np.float32) / 255, reference, 2)
            for upscale in (exact, upscaler)
        )
        losses.append(best - rounded)
    assert len(losses) == 14
    assert np.mean(losses) < 0.1
    assert max(losses) < 0.3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "M7"}, "M7 x2 Y has no network for int8; those of .*M5 x2 Y.* are in the pack"),
        ({"model": "M11", "artefacts": "light"}, "M11 x2 Y light has no network for int8"),
        ({"engine": "openvino"}, "the engine openvino has no int8; use litert or float32"),
        ({"engine": "keras"}, "the engine keras has no int8; use litert or float32"),
    ],
)
def test_what_has_no_int8_is_named(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Upscaler(precision="int8", **arguments)  # type: ignore[arg-type]


def test_a_path_is_its_own_form() -> None:
    named = find_model("M5", 2)
    int8 = find_form(named, "int8")
    assert int8 is not None
    image = make_photo(40, 50)
    expected = Upscaler(precision="int8")(image)
    for precision in ("auto", "int8"):
        upscale = Upscaler(str(int8.litert), precision=precision)
        np.testing.assert_array_equal(upscale(image), expected)
    fine = upscale(image.astype(np.uint16) * 257)
    assert np.quantile(np.abs(fine / 257 - expected), 0.999) < 3
    assert np.abs(fine / 257 - expected).mean() < 0.5


def test_a_network_of_ones_own_is_not_that_of_the_package(tmp_path: Path) -> None:
    named = find_model("M5", 2)
    for path in (named.litert, named.keras, named.card_file):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match="M5 x2 Y has no network for int8"):
        Upscaler(str(tmp_path / named.litert.name), precision="int8")


@pytest.mark.parametrize(("loss", "chosen"), [(0.04, True), (0.06, False), (None, False)])
def test_auto_takes_int8_where_the_cards_say_that_little_is_lost(
    monkeypatch: pytest.MonkeyPatch, loss: float | None, chosen: bool
) -> None:
    from dataclasses import replace

    model = find_model("M5", 2)
    int8 = find_form(model, "int8")
    assert int8 is not None
    scores = (
        {} if loss is None else {"Set5": {"psnr": model.card.benchmarks["Set5"]["psnr"] - loss}}
    )
    card = replace(int8.card, benchmarks=scores)
    found = shipped.TrainedModel(card, int8.stem)
    monkeypatch.setattr(shipped, "find_form", lambda *wanted: found)
    assert (choose_int8(model, "litert", "auto") is not None) == chosen
    assert choose_int8(model, "openvino", "auto") is None
    assert choose_int8(model, "litert", "float32") is None
    assert choose_int8(model, "litert", "int8") is found

"""`sesr upscale` in int8, and the two ends of quality against time."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr import Upscaler
from sesr.catalog.card import ARTEFACTS
from sesr.catalog.shipped import find_form, find_model
from sesr.errors import UsageError
from sesr_app.upscale.options import UpscaleOptions


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(make_photo(40, 50)).save(path)
    return path


def enlarged(path: Path, *options: str) -> np.ndarray:
    out = path.with_name("out.png")
    result = sesr("upscale", path, "-o", out, "--overwrite", *options)
    assert result.returncode == 0, result.stderr
    return np.asarray(Image.open(out))


def test_it_is_what_the_upscaler_gives(photograph: Path) -> None:
    image = make_photo(40, 50)
    int8 = Upscaler(precision="int8")(image)
    np.testing.assert_array_equal(enlarged(photograph, "--precision", "int8"), int8)
    np.testing.assert_array_equal(enlarged(photograph, "--fast"), int8)
    best = Upscaler("XL", precision="float32")(image)
    np.testing.assert_array_equal(enlarged(photograph, "--best"), best)


def test_16_bits_keep_float32(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(make_photo(40, 50)[..., 0].astype(np.uint16) * 257).save(path)
    made = [enlarged(path, "--precision", name) for name in ("int8", "float32")]
    assert made[0].dtype == np.uint16
    np.testing.assert_array_equal(*made)


def test_what_has_no_int8_is_named(photograph: Path) -> None:
    result = sesr("upscale", photograph, "--model", "M7", "--precision", "int8")
    assert_fails(result, 2, "M7 x2 Y has no network for int8; those of")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fast": True, "best": True}, "received --fast and --best: leave all but one out"),
        ({"fast": True, "model": "M3"}, "received --model and --fast"),
        ({"best": True, "precision": "int8"}, "received --precision and --best"),
        (
            {"model": "M11", "precision": "int8", "artefacts": "light"},
            "M11 x2 Y light has no network for int8",
        ),
    ],
)
def test_what_excludes_each_other_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        UpscaleOptions(inputs=("x.png",), **options)  # type: ignore[arg-type]


def test_fast_falls_back_where_there_is_no_int8() -> None:
    named = UpscaleOptions(inputs=(), model="M5", precision="int8").enlarger
    fast = UpscaleOptions(inputs=(), fast=True).enlarger
    image = make_photo(20, 24)
    if find_form(find_model("M5", 4), "int8") is None:
        with pytest.raises(UsageError, match="M5 x4 Y has no network for int8"):
            named.get(4)
        np.testing.assert_array_equal(fast.get(4)(image), Upscaler("M5", 4)(image))
    np.testing.assert_array_equal(fast.get(2)(image), Upscaler("M5", precision="int8")(image))


@pytest.mark.parametrize("artefacts", ARTEFACTS[1:])
def test_networks_for_artefacts_compute_in_int8_as_well(artefacts: str) -> None:
    image = make_photo(20, 24)
    made = UpscaleOptions(inputs=(), fast=True).enlarger.get(2, artefacts)(image)
    np.testing.assert_array_equal(made, Upscaler(artefacts=artefacts, precision="int8")(image))
    assert (made != Upscaler(artefacts=artefacts)(image)).any()


def test_networks_for_artefacts_keep_float32_where_they_have_no_int8() -> None:
    enlarger = UpscaleOptions(inputs=(), model="M11", precision="int8").enlarger
    image = make_photo(20, 24)
    expected = Upscaler("M11", artefacts="light", precision="float32")(image)
    np.testing.assert_array_equal(enlarger.get(2, "light")(image), expected)

"""The network that a compressed photograph needs."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr.catalog.card import ARTEFACTS
from sesr.catalog.shipped import find_form, find_model
from sesr_app.images import open_picture
from sesr_app.upscale.plan.artefacts import CLEAN_FROM, FAINT_FROM, LIGHT_FROM, artefacts_of

HAS_FORMS = all(find_form(find_model("M5", 2, 1), form) for form in ARTEFACTS[1:])
needs_forms = pytest.mark.skipif(not HAS_FORMS, reason="no networks for artefacts are shipped yet")


def save(folder: Path, quality: int, suffix: str = ".jpg") -> Path:
    path = folder / f"q{quality}{suffix}"
    Image.fromarray(make_photo(48, 40)).save(path, quality=quality)
    return path


@pytest.mark.parametrize(
    ("quality", "artefacts"),
    [
        (100, "clean"),
        (CLEAN_FROM, "clean"),
        (CLEAN_FROM - 1, "faint"),
        (FAINT_FROM, "faint"),
        (FAINT_FROM - 1, "light"),
        (LIGHT_FROM, "light"),
        (LIGHT_FROM - 1, "heavy"),
        (10, "heavy"),
    ],
)
def test_a_jpeg_tells_by_its_tables(tmp_path: Path, quality: int, artefacts: str) -> None:
    assert artefacts_of(open_picture(save(tmp_path, quality)).compression) == artefacts


def test_a_table_that_tells_nothing_is_clean(tmp_path: Path) -> None:
    """Of a step of zero, which Pillow opens and shows."""
    path = save(tmp_path, 50)
    content = bytearray(path.read_bytes())
    content[content.index(b"\xff\xdb") + 5] = 0
    path.write_bytes(content)
    assert artefacts_of(open_picture(path).compression) == "clean"
    result = sesr("upscale", path, "-o", tmp_path / "out.png", "--model", "M2")
    assert result.returncode == 0, result.stderr


def test_a_lossless_file_is_clean(tmp_path: Path) -> None:
    assert artefacts_of(open_picture(save(tmp_path, 50, ".png")).compression) == "clean"


@needs_forms
def test_the_choice_is_told_and_can_be_overruled(tmp_path: Path) -> None:
    path = save(tmp_path, 40)
    made = {}
    for asked in ("auto", *ARTEFACTS):
        out = tmp_path / f"{asked}.png"
        result = sesr("upscale", path, "-o", out, "--artefacts", asked, "--json")
        assert result.returncode == 0, result.stderr
        made[asked] = json.loads(result.stdout)["artefacts"], np.asarray(Image.open(out)).tobytes()
    assert [name for name, _ in made.values()] == ["heavy", *ARTEFACTS]
    assert made["auto"] == made["heavy"]
    assert len({pixels for _, pixels in made.values()}) == len(ARTEFACTS)


@needs_forms
def test_clean_files_are_enlarged_as_ever(tmp_path: Path) -> None:
    path = save(tmp_path, 50, ".png")
    for asked in ("auto", "clean"):
        assert (
            sesr("upscale", path, "-o", tmp_path / f"{asked}.png", "--artefacts", asked).returncode
            == 0
        )
    images = [np.asarray(Image.open(tmp_path / f"{asked}.png")) for asked in ("auto", "clean")]
    np.testing.assert_array_equal(*images)


def test_the_next_weaker_network_stands_in(tmp_path: Path) -> None:
    result = sesr("upscale", save(tmp_path, 40), "--model", "XL", "--json")
    assert json.loads(result.stdout)["artefacts"] == "light"


def test_a_model_without_such_networks_falls_back_unless_asked(tmp_path: Path) -> None:
    path = save(tmp_path, 40)
    result = sesr("upscale", path, "--model", "M3", "--json")
    assert json.loads(result.stdout)["artefacts"] == "clean"
    result = sesr("upscale", path, "--model", "M3", "--artefacts", "heavy", "--overwrite")
    assert_fails(result, 2, "no M3 x2 Y for heavy artefacts is in the package")

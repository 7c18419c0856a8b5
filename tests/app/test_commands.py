"""The other commands of `sesr`."""

import json
from pathlib import Path

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr import __version__
from sesr.catalog.shipped import shipped_models
from sesr.int8 import sample_photo


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(3):
        Image.fromarray(make_photo(64, 72, seed=index)).save(folder / f"{index}.png")
    return folder


def test_version() -> None:
    assert sesr("--version").stdout == f"sesr {__version__}\n"


def test_models_lists_what_is_shipped() -> None:
    lines = sesr("models").stdout.splitlines()
    assert len(lines) == 1 + len(shipped_models())
    for model, line in zip(shipped_models(), lines[1:], strict=True):
        card = model.card
        assert line.startswith(card.variant)
        assert f"x{card.scale}" in line
        assert f"{card.parameters:,}" in line
        assert f"{card.benchmarks['Set5']['psnr']:.2f}" in line


def test_evaluate_prints_a_table_and_json(photos: Path) -> None:
    table = sesr("evaluate", photos).stdout
    result = sesr("evaluate", photos, "--json")
    row = json.loads(result.stdout)["sets"]["photos"]
    assert row["images"] == 3
    assert f"{row['psnr']:.2f}" in table


def test_a_network_is_better_than_bicubic_where_bicubic_stands_beside_it(tmp_path: Path) -> None:
    Image.fromarray(sample_photo()).save(tmp_path / "photo.png")
    row = json.loads(sesr("evaluate", tmp_path, "--json").stdout)["sets"][tmp_path.name]
    assert row["psnr"] > row["bicubic_psnr"] + 1
    assert row["ssim"] > row["bicubic_ssim"]


def test_evaluate_writes_a_picture_of_a_detail(photos: Path, tmp_path: Path) -> None:
    target = tmp_path / "picture.png"
    options = ("--picture", target, "--detail", "0,0,24,20")
    result = sesr("evaluate", photos, "--model", "M2", "--rgb", "--json", *options)
    assert result.returncode == 0, result.stderr
    assert f"wrote {target}, of 0.png" in result.stderr
    report = json.loads(result.stdout)
    assert (report["channels"], report["form"], report["variant"]) == (3, "litert", "M2")
    assert report["parameters"] == 10_608
    with Image.open(target) as image:
        assert image.width > image.height


def test_a_detail_that_is_none_is_named(photos: Path, tmp_path: Path) -> None:
    options = ("--picture", tmp_path / "picture.png", "--detail", "1,2,3")
    assert_fails(sesr("evaluate", photos, *options), 2, "LEFT,TOP,WIDTH,HEIGHT", "'1,2,3'")


def test_evaluate_names_an_image_that_is_too_small(tmp_path: Path) -> None:
    Image.fromarray(make_photo(12, 12)).save(tmp_path / "small.png")
    result = sesr("evaluate", tmp_path)
    assert_fails(result, 1, "small.png", "at least 15 pixels a side; received 12x12")


def test_a_card_that_is_missing_is_found_out_before_the_work(photos: Path, tmp_path: Path) -> None:
    model = tmp_path / "lonely.keras"
    model.write_bytes(b"")
    result = sesr("evaluate", photos, "--model", model, "--update-card")
    assert_fails(result, 1, "lonely.json: no such model card")
    assert result.stdout == ""

"""The other commands of `sesr`."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr import __version__
from sesr.catalog.shipped import MODELS_FOLDER, shipped_models


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(3):
        Image.fromarray(make_photo(64, 72, seed=index)).save(folder / f"{index}.png")
    return folder


TINY = ("--model=M2", "--steps=6", "--validate-every=3", "--batch-size=2", "--crop=8")


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
    assert row["psnr"] > row["bicubic_psnr"] - 3
    assert f"{row['psnr']:.2f}" in table


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


def test_a_trained_model_can_be_used_at_once(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = sesr("train", photos, "--validation", photos, "-o", run, *TINY)
    assert result.returncode == 0, result.stderr
    assert "dB on the validation images" in result.stdout
    assert "of the time waited for data" in result.stdout
    names = {path.name for path in run.iterdir()}
    assert {"best.keras", "checkpoint.npz", "log.csv", "m2_x2_y.tflite"} <= names
    model = run / "m2_x2_y.tflite"
    assert sesr("upscale", photos / "0.png", "--model", model).returncode == 0
    float_scores = sesr("evaluate", photos, "--model", model, "--json").stdout
    keras_scores = sesr("evaluate", photos, "--model", run / "m2_x2_y.keras", "--json").stdout
    psnr = [json.loads(s)["sets"]["photos"]["psnr"] for s in (float_scores, keras_scores)]
    assert psnr[0] == pytest.approx(psnr[1], abs=1e-3)
    assert sesr("evaluate", photos, "--model", model, "--update-card").returncode == 0
    card = json.loads((run / "m2_x2_y.json").read_text())
    assert card["benchmarks"]["photos"]["psnr"] == pytest.approx(psnr[0], abs=1e-3)


def test_x4_starts_from_x2(photos: Path, tmp_path: Path) -> None:
    arguments = ["train", photos, "--validation", photos, *TINY]
    assert sesr(*arguments, "-o", tmp_path / "two").returncode == 0
    start = tmp_path / "two" / "m2_x2_y.keras"
    result = sesr(*arguments, "-o", tmp_path / "four", "--scale", 4, "--start-from", start)
    assert result.returncode == 0, result.stderr
    assert "took over first_block, block_0, block_1" in result.stderr
    card = json.loads((tmp_path / "four" / "m2_x4_y.json").read_text())
    assert card["training"]["started_from"]["model"] == "m2_x2_y"


def test_a_recipe_names_all_settings(photos: Path, tmp_path: Path) -> None:
    arguments = ["train", photos, "--validation", photos, "-o", tmp_path / "run"]
    result = sesr(*arguments, "--recipe", "m3_x2_rgb", "--steps", 9)
    assert_fails(result, 2, "--steps cannot be given beside it")
    result = sesr(*arguments, "--recipe", "gpu_m7_x4_y")
    # It knows the crop and the scale of the recipe.
    assert_fails(result, 1, "smaller than the crop: 18x16 after shrinking, but 64x64")


def test_a_quantised_network_is_trained_evaluated_and_used(photos: Path, tmp_path: Path) -> None:
    options = ("--steps=6", "--validate-every=3", "--batch-size=2", "--crop=8", "--model=M2")
    start = MODELS_FOLDER / "m2_x2_rgb.keras"
    quantize = ("--rgb", "--quantize", "int8", "--start-from", start)
    arguments = ["train", photos, "--validation", photos, "-o", tmp_path / "run", *options]
    result = sesr(*arguments, *quantize)
    assert result.returncode == 0, result.stderr
    model = tmp_path / "run" / "m2_x2_rgb_int8.tflite"
    report = json.loads(sesr("evaluate", photos, "--model", model, "--json").stdout)
    assert report["form"] == "int8"
    twin = sesr("evaluate", photos, "--model", model, "--form", "keras", "--json")
    psnr = [r["sets"]["photos"]["psnr"] for r in (report, json.loads(twin.stdout))]
    assert psnr[0] == pytest.approx(psnr[1], abs=0.02)
    card = json.loads(model.with_suffix(".json").read_text())
    assert card["quantization"] == "int8"
    assert card["training"]["started_from"]["model"] == "m2_x2_rgb"


def test_train_names_and_skips_a_corrupt_image(photos: Path, tmp_path: Path) -> None:
    (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    good = tmp_path / "good"
    good.mkdir()
    Image.fromarray(make_photo(64, 64)).save(good / "good.png")
    result = sesr("train", photos, "--validation", good, "-o", tmp_path / "run", *TINY)
    assert result.returncode == 0, result.stderr
    assert "skipped" in result.stderr
    assert "broken.png" in result.stderr


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--crop", "40"], 1, "smaller than the crop: 36x32 after shrinking"),
        (["--model", "M4"], 2, "unknown model 'M4'"),
        (["--scale", "3"], 2, "unknown scale 3"),
        (["--start-from", "none.keras"], 1, "none.keras: no such model file"),
        (["--exclude", "*"], 1, "holds no image"),
    ],
)
def test_training_that_cannot_start_says_why(
    photos: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    arguments = ["--validation", photos, "-o", tmp_path / "run", *TINY, *options]
    result = sesr("train", photos, *arguments)
    assert_fails(result, code, message)


def test_an_unwritable_folder_is_one_line(photos: Path) -> None:
    result = sesr("train", photos, "--validation", photos, "-o", "/proc/run", *TINY)
    assert_fails(result, 1, "/proc/run")


def test_an_empty_folder_is_an_error(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = sesr("train", tmp_path / "empty", "--validation", photos, "-o", tmp_path / "run")
    assert_fails(result, 1, "empty: the folder holds no image")


def test_another_variant_in_the_same_folder_is_an_error(photos: Path, tmp_path: Path) -> None:
    arguments = ["train", photos, "--validation", photos, "-o", tmp_path / "run", *TINY]
    assert sesr(*arguments).returncode == 0
    result = sesr(*arguments, "--model", "M3")
    assert_fails(result, 1, "another run, with variant M2 (now M3)")


def test_a_missing_extra_names_the_line_that_brings_it(photos: Path, tmp_path: Path) -> None:
    # A folder that shadows Keras with nothing stands for an environment without it.
    blocker = tmp_path / "site" / "sitecustomize.py"
    blocker.parent.mkdir()
    blocker.write_text("import sys\nsys.modules['keras'] = None\n")
    environment = {**os.environ, "PYTHONPATH": str(blocker.parent)}
    result = sesr("train", photos, "-o", tmp_path / "run", env=environment)
    assert_fails(result, 2, 'pip install ".[train]"')

"""`sesr train`, as a person runs it."""

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from PIL import Image

from command import assert_fails, sesr
from photos import make_photo
from sesr.catalog.shipped import MODELS_FOLDER
from sesr.training.run.log import read_log, row_with
from sesr_app.terminal import training
from sesr_app.train.command import _job, train

TINY = ("--model=M2", "--steps=6", "--validate-every=3", "--batch-size=2", "--crop=8")


def make_folder(folder: Path, seeds: range) -> Path:
    folder.mkdir(parents=True)
    for seed in seeds:
        Image.fromarray(make_photo(64, 72, seed=seed)).save(folder / f"{seed}.png")
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "photos", range(3))


@pytest.fixture
def others(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "others", range(3, 5))


def test_a_trained_model_can_be_used_at_once(photos: Path, others: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = sesr("train", photos, "--validation", others, "-o", run, *TINY)
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


def test_a_log_that_is_gone_costs_no_network(photos: Path, others: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = ("train", photos, "--validation", others, "-o", run, *TINY)
    assert sesr(*command).returncode == 0
    kinds = json.loads((run / "m2_x2_y.json").read_text())["training"]["validation_by_kind"]
    best = json.loads((run / "m2_x2_y.json").read_text())["training"]["validation_psnr"]
    rows = [row for row in read_log(run / "log.csv") if abs(row["psnr"] - best) < 1e-3]
    assert [row_with(run / "log.csv", "psnr", row["psnr"]) for row in rows] == rows
    assert list(kinds) == [name[5:] for name in rows[0] if name.startswith("psnr_")]
    (run / "log.csv").unlink()
    again = sesr(*command)
    assert again.returncode == 0, again.stderr
    assert json.loads((run / "m2_x2_y.json").read_text())["training"]["validation_by_kind"] == {}


def test_x4_starts_from_x2(photos: Path, others: Path, tmp_path: Path) -> None:
    arguments = ["train", photos, "--validation", others, *TINY]
    assert sesr(*arguments, "-o", tmp_path / "two").returncode == 0
    start = tmp_path / "two" / "m2_x2_y.keras"
    result = sesr(*arguments, "-o", tmp_path / "four", "--scale", 4, "--start-from", start)
    assert result.returncode == 0, result.stderr
    assert "took over first_block, block_0, block_1" in result.stderr
    card = json.loads((tmp_path / "four" / "m2_x4_y.json").read_text())
    assert card["training"]["started_from"]["model"] == "m2_x2_y"


def test_a_recipe_names_all_settings(photos: Path, others: Path, tmp_path: Path) -> None:
    arguments = ["train", photos, "--validation", others, "-o", tmp_path / "run"]
    result = sesr(*arguments, "--recipe", "m3_x2_rgb", "--steps", 9)
    assert_fails(result, 2, "--steps cannot be given beside it")
    result = sesr(*arguments, "--recipe", "m3_x2_rgb", "--data", "a=1")
    assert_fails(result, 2, "--data cannot be given beside it")
    result = sesr(*arguments, "--recipe", "gpu_m7_x4_y")
    # It knows the crop and the scale of the recipe.
    assert_fails(result, 1, "smaller than the crop: 18x16 after shrinking, but 64x64")


def test_the_precision_goes_by_the_processor(tmp_path: Path) -> None:
    """A recipe may be run in another, and is told of where it is slow."""
    given = [str(tmp_path), "-o", str(tmp_path / "run"), "--recipe", "m5_x2_y"]
    jobs = [
        _job(train.make_context("train", [*given, *other]))
        for other in ([], ["--precision=float32"])
    ]
    assert [job.config.precision for job in jobs] == ["bfloat16", "float32"]
    assert replace(jobs[0].config, precision="float32") == jobs[1].config


@pytest.mark.parametrize(
    ("precision", "lacks", "told"),
    [("bfloat16", True, True), ("bfloat16", False, False), ("float32", True, False)],
)
def test_a_slow_precision_is_told(
    precision: str,
    lacks: bool,
    told: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(training, "lacks_bfloat16", lambda: lacks)
    training.tell_if_slow(precision)
    assert ("--precision float32" in capsys.readouterr().err) == told


def test_a_quantised_network_is_trained_evaluated_and_used(
    photos: Path, others: Path, tmp_path: Path
) -> None:
    options = ("--steps=6", "--validate-every=3", "--batch-size=2", "--crop=8", "--model=M2")
    start = MODELS_FOLDER / "m2_x2_rgb.keras"
    quantize = ("--rgb", "--quantize", "int8", "--start-from", start)
    arguments = ["train", photos, "--validation", others, "-o", tmp_path / "run", *options]
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


def test_train_names_and_skips_a_corrupt_image(photos: Path, others: Path, tmp_path: Path) -> None:
    (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = sesr("train", photos, "--validation", others, "-o", tmp_path / "run", *TINY)
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
    photos: Path, others: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    arguments = ["--validation", others, "-o", tmp_path / "run", *TINY, *options]
    result = sesr("train", photos, *arguments)
    assert_fails(result, code, message)


def test_an_unwritable_folder_is_one_line(photos: Path, others: Path) -> None:
    result = sesr("train", photos, "--validation", others, "-o", "/proc/run", *TINY)
    assert_fails(result, 1, "/proc/run")


def test_an_empty_folder_is_an_error(photos: Path, others: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = sesr("train", tmp_path / "empty", "--validation", others, "-o", tmp_path / "run")
    assert_fails(result, 1, "empty: the folder holds no image")


def test_another_variant_in_the_same_folder_is_an_error(
    photos: Path, others: Path, tmp_path: Path
) -> None:
    arguments = ["train", photos, "--validation", others, "-o", tmp_path / "run", *TINY]
    assert sesr(*arguments).returncode == 0
    result = sesr(*arguments, "--model", "M3")
    assert_fails(result, 1, "another run, with variant M2 (now M3)")


@pytest.mark.parametrize(
    ("change", "other"),
    [("photos", "photographs"), ("others", "validation images"), ("start", "weights")],
)
def test_a_run_goes_on_with_its_own_photographs_alone(
    photos: Path, others: Path, tmp_path: Path, change: str, other: str
) -> None:
    given = {"photos": photos, "others": others, "start": MODELS_FOLDER / "m2_x2_y.keras"}

    def run() -> CompletedProcess[str]:
        return sesr("train", given["photos"], "--validation", given["others"], "--start-from",
                    given["start"], "-o", tmp_path / "run", *TINY)  # fmt: skip

    assert run().returncode == 0
    # The same photographs in another place are the same run.
    given["photos"] = photos.rename(tmp_path / "moved")
    assert run().returncode == 0
    card = (tmp_path / "run" / "m2_x2_y.json").read_bytes()
    given[change] = (
        MODELS_FOLDER / "m3_x2_y.keras"
        if change == "start"
        else make_folder(tmp_path / "new", range(7, 9))
    )
    assert_fails(run(), 1, f"of a run with other {other}")
    assert (tmp_path / "run" / "m2_x2_y.json").read_bytes() == card


def test_images_of_no_use_are_left_out_in_a_line(
    photos: Path, others: Path, tmp_path: Path
) -> None:
    Image.fromarray(make_photo(4, 64)).save(others / "thin.png")
    Image.fromarray(make_photo(1, 1)).save(photos / "pixel.png")
    (photos / "broken.png").write_bytes(b"no image")
    arguments = ["--validation", others, "-o", tmp_path / "run", *TINY, "--shrink", "0.9,0.8"]
    result = sesr("train", photos, *arguments)
    assert result.returncode == 0, result.stderr
    assert "thin.png: too small to be validated on: 64x4" in result.stderr
    assert result.stderr.count("skipped ") == 2
    assert "nan" not in result.stderr


def test_names_with_commas_and_foreign_notes_are_no_trouble(photos: Path, tmp_path: Path) -> None:
    make_folder(tmp_path / "kinds" / "Paris, 2019", range(4, 5))
    make_folder(tmp_path / "kinds" / "far", range(5, 6))
    start = tmp_path / "net.keras"
    start.write_bytes((MODELS_FOLDER / "m2_x2_y.keras").read_bytes())
    start.with_suffix(".json").write_text('{"foreign": true}')
    arguments = ["--validation", tmp_path / "kinds", "-o", tmp_path / "run", "--start-from", start]
    result = sesr("train", photos, *arguments, *TINY)
    assert result.returncode == 0, result.stderr
    training = json.loads((tmp_path / "run" / "m2_x2_y.json").read_text())["training"]
    assert training["validation_by_kind"].keys() == {"Paris, 2019", "far"}
    assert training["started_from"] == {"file": "net.keras"}


def test_a_missing_extra_names_the_line_that_brings_it(photos: Path, tmp_path: Path) -> None:
    # A folder that shadows Keras with nothing stands for an environment without it.
    blocker = tmp_path / "site" / "sitecustomize.py"
    blocker.parent.mkdir()
    blocker.write_text("import sys\nsys.modules['keras'] = None\n")
    environment = {**os.environ, "PYTHONPATH": str(blocker.parent)}
    result = sesr("train", photos, "-o", tmp_path / "run", env=environment)
    assert_fails(result, 2, 'pip install ".[train]"')


def test_sets_are_mixed_and_every_kind_is_logged(tmp_path: Path) -> None:
    make_folder(tmp_path / "sets" / "sharp", range(2))
    make_folder(tmp_path / "sets" / "soft", range(2, 4))
    make_folder(tmp_path / "kinds" / "near", range(4, 5))
    make_folder(tmp_path / "kinds" / "far", range(5, 8))
    run = tmp_path / "run"
    arguments = [tmp_path / "sets", "--validation", tmp_path / "kinds", "-o", run, *TINY]
    result = sesr("train", *arguments, "--data", "sharp=3,soft=1", "--shrink", "0.9,0.8")
    assert result.returncode == 0, result.stderr
    with (run / "log.csv").open() as file:
        last = list(csv.DictReader(file))[-1]
    kinds = [float(last[f"psnr_{name}"]) for name in ("near", "far")]
    assert float(last["psnr"]) == pytest.approx(sum(kinds) / 2, abs=1e-3)
    training = json.loads((run / "m2_x2_y.json").read_text())["training"]
    assert training["mixture"] == "sharp=3,soft=1"
    assert training["shrink"] == "0.9,0.8"
    assert training["validation_by_kind"].keys() == {"near", "far"}
    by_kind = training["validation_by_kind"].values()
    assert training["validation_psnr"] == pytest.approx(sum(by_kind) / 2, abs=2e-3)
    assert training["images"] == 4 * 3


def test_copies_that_cannot_be_are_named_before_training(
    photos: Path, others: Path, tmp_path: Path
) -> None:
    arguments = [photos, "--validation", others, "-o", tmp_path / "run", *TINY]
    assert_fails(sesr("train", *arguments, "--shrink", "2"), 2, "between 0 and 1, as in 0.85")


@pytest.mark.parametrize(
    ("mixture", "code", "message"),
    [
        ("blurred=1", 2, "the mixture names blurred, which is no set here: there are sharp, soft"),
        ("sharp=0,soft=0", 2, "the weights of the mixture are all 0"),
        ("sharp=1,empty=1", 1, "empty: the folder holds no image"),
    ],
)
def test_a_mixture_that_cannot_be_is_named_before_training(
    others: Path, tmp_path: Path, mixture: str, code: int, message: str
) -> None:
    make_folder(tmp_path / "sets" / "sharp", range(2))
    make_folder(tmp_path / "sets" / "soft", range(2, 3))
    if "empty" in mixture:
        (tmp_path / "sets" / "empty").mkdir()
    arguments = [tmp_path / "sets", "--validation", others, "-o", tmp_path / "run", *TINY]
    assert_fails(sesr("train", *arguments, "--data", mixture), code, message)


def test_a_photograph_on_both_sides_is_named(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    Image.open(photos / "1.png").save(tmp_path / "kept" / "renamed.jpg", quality=90)
    arguments = ["--validation", tmp_path / "kept", "-o", tmp_path / "run", *TINY]
    result = sesr("train", photos, *arguments)
    assert_fails(result, 2, "renamed.jpg: is validated on and trained on", "1.png")


def test_photographs_are_compressed_to_train_on(photos: Path, others: Path, tmp_path: Path) -> None:
    reached = []
    for name, options in (("run", ["--degradation", "jpeg:30-60"]), ("clean", [])):
        arguments = ["--validation", others, "-o", tmp_path / name, *TINY, *options]
        result = sesr("train", photos, *arguments)
        assert result.returncode == 0, result.stderr
        stem = "m2_x2_y_heavy" if name == "run" else "m2_x2_y"
        card = json.loads((tmp_path / name / f"{stem}.json").read_text())
        assert card["artefacts"] == ("heavy" if name == "run" else "clean")
        reached.append(card["training"]["validation_bicubic_psnr"])
    assert reached[0] < reached[1] - 0.1


def test_settings_are_never_changed_in_silence(photos: Path, others: Path, tmp_path: Path) -> None:
    arguments = ["train", photos, "--validation", others, "-o", tmp_path / "run", *TINY]
    result = sesr(*arguments, "--warmup", 100)
    assert_fails(result, 2, "warmup must be from 0 to below steps = 6; received 100")

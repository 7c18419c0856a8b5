"""`sesr robustness` as a person runs it."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pages import assert_stands_alone, read_page
from sesr_app.main import main

COUNT, SIDE = 24, 32


@dataclass
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture(name="sesr")
def _sesr(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: TensorFlow takes seconds to start in a new one."""

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["sesr", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return run


def assert_fails(done: Done, code: int, *parts: str) -> None:
    """One line on the standard error with all the parts, and the exit code."""
    assert done.returncode == code, done.stderr
    message = done.stderr.strip().splitlines()[-1]
    assert message.startswith("sesr: ")
    for part in parts:
        assert part in message


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of three classes by their colour, labels, and classifiers that tell them apart."""
    import keras

    folder = tmp_path_factory.mktemp("robustness")
    (folder / "images").mkdir()
    rng = np.random.default_rng(0)
    rows = []
    for index in range(COUNT):
        label = index % 3
        color = np.where(np.arange(3) == label, 150, 110)
        noise = rng.normal(0, 10, (SIDE, SIDE, 3))
        pixels = np.clip(color + noise, 0, 255).astype(np.uint8)
        name = f"{index:02d}.png"
        Image.fromarray(pixels).save(folder / "images" / name)
        rows.append({"image": name, "label": label, "author": "nobody"})
    write_labels(folder / "labels.csv", rows)
    for name, activation in (("colour", "softmax"), ("logits", None)):
        model = keras.Sequential(
            [
                keras.Input((SIDE, SIDE, 3)),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(3, activation=activation),
            ]
        )
        model.set_weights([10 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32)])
        model.save(folder / f"{name}.keras")
        if activation is None:
            (folder / "logits.tflite").write_bytes(to_litert(model))
    return folder


def to_litert(model: object) -> bytes:
    import contextlib
    import io

    import tensorflow as tf

    with contextlib.redirect_stdout(io.StringIO()):
        content: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    return content


def write_labels(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def basic(folder: Path, classifier: str = "colour.keras") -> list[object]:
    return [
        *("--classifier", folder / classifier),
        *("--images", folder / "images"),
        *("--labels", folder / "labels.csv"),
    ]


def test_a_report_is_written_and_found_again(folder: Path, tmp_path: Path, sesr: Run) -> None:
    arguments = [
        "robustness",
        *basic(folder),
        *("--defense", "jpeg:90,bicubic:24"),
        *("--attacks", "fgsm,apgd:4"),
        *("--epsilons", "40"),
        *("--threat", "gray-box,adaptive,noise,black-box"),
        *("--queries", 20),
        *("--first", 20),
        *("-o", tmp_path / "report"),
    ]
    first = sesr(*arguments)
    assert first.returncode == 0, first.stderr
    assert "Right on 0.0% at linf 40/255 in the worst case" in first.stdout
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert len(report["images"]) == 20
    assert report["command"].startswith("sesr robustness --classifier")
    assert [row["attack"] and row["attack"]["name"] for row in report["rows"]] == [
        None,
        *("fgsm", "apgd"),
        "square",
        *("fgsm", "apgd"),
        "noise",
    ]
    for name in ("report.md", "curves.png", "examples.png"):
        assert (tmp_path / "report" / name).stat().st_size > 500
    page = read_page((tmp_path / "report" / "report.html").read_text())
    assert_stands_alone(page)
    for row in report["rows"]:
        assert f"{row['accuracy']:.1%}" in page.cells
    assert all(flag in page.text for flag in report["red_flags"])
    assert report["command"] in page.text
    assert "the attacker knows classifier and defense" in page.text
    again = sesr(*arguments)
    assert again.stdout == first.stdout
    assert report == json.loads((tmp_path / "report" / "report.json").read_text())


def test_certificates_are_written_and_found_again(folder: Path, tmp_path: Path, sesr: Run) -> None:
    arguments = [
        *("robustness", "certify", *basic(folder)),
        *("--defense", "noise:0.2,bicubic:30,sesr:M2:rgb,bicubic:32"),
        *("--first", 6, "--n0", 10, "--n", 50, "--level", "0.01", "-o", tmp_path),
    ]
    done = sesr(*arguments)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert lines[0].startswith("| defense | vote | L2 0 | L2 0.05 |")
    assert [line.split("`")[1] for line in lines[2:]] == [
        "noise:0.2,bicubic:30,sesr:M2:rgb,bicubic:32",
        "noise:0.2,bicubic:32",
    ]
    content = json.loads((tmp_path / "certify.json").read_text())
    assert len(content["images"]) == 6
    assert content["defenses"][0]["sigma"] == 0.2
    assert sesr(*arguments).stdout == done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--defense", "bicubic:24"), "begins with noise"),
        (("--defense", "noise:0,bicubic:24"), "sigma of noise must be above 0"),
        (("--defense", ""), "--defenses needs one or more"),
        (("--level", "0.5"), "the level must be above 0 and below 0.5"),
        (("--n", "1"), "n of Smoothed must be a whole number of 10 or more"),
        (("--defense", "noise:0.1,random:8+16"), "adds the only noise there may be"),
    ],
)
def test_certificates_of_nothing_are_refused(
    options: tuple[str, ...], message: str, folder: Path, tmp_path: Path, sesr: Run
) -> None:
    refused = sesr("robustness", "certify", *basic(folder), "-o", tmp_path, *options)
    assert_fails(refused, 2, message)
    assert not (tmp_path / "tallies").exists()


def test_a_litert_classifier_is_attacked_without_gradients(
    folder: Path, tmp_path: Path, sesr: Run
) -> None:
    common = ["robustness", *basic(folder, "logits.tflite"), "-o", tmp_path]
    done = sesr(*common, "--defense", "none", "--threat", "noise", "--epsilons", "4")
    assert done.returncode == 0, done.stderr
    assert "Clean: 100.0% without" in done.stdout
    refused = sesr(*common, "--threat", "adaptive")
    assert_fails(refused, 2, "has no gradients, which the threat adaptive needs", "black-box")


def test_a_litert_surrogate_is_refused_before_the_work(
    folder: Path, tmp_path: Path, sesr: Run
) -> None:
    command = ("robustness", *basic(folder), "-o", tmp_path / "r", "--threat", "transfer")
    refused = sesr(*command, "--surrogate", folder / "logits.tflite", "--epsilons", "4")
    assert_fails(refused, 2, "surrogate 'logits' has no gradients", "transfer", ".keras file")
    assert not (tmp_path / "r").exists()


NAMES = ("red", "<script>alert(1)</script>", "blue & 'grey'")


def test_defenses_are_compared(folder: Path, tmp_path: Path, sesr: Run) -> None:
    names = tmp_path / "names.txt"
    names.write_text("\n".join(NAMES))
    done = sesr(
        *("robustness", "compare", *basic(folder), "-o", tmp_path),
        *("--defenses", "none;bicubic:24;sesr:M5:y,bicubic:24", "--attacks", "fgsm"),
        *("--epsilons", "40", "--threat", "gray-box,adaptive", "--class-names", names),
    )
    assert done.returncode == 0, done.stderr
    assert "| `sesr:M5:y,bicubic:24` | 13520 |" in done.stdout
    content = json.loads((tmp_path / "compare.json").read_text())
    assert [one["defense"] for one in content["defenses"]][:2] == ["none", "bicubic:24"]
    page = (tmp_path / "compare.html").read_text()
    assert_shows(page, content)
    seen = read_page(page)
    # Three of the four pictures of an example are answers: what is seen, and how sure it is.
    assert len(seen.loaded) >= 4
    assert len(seen.loaded) % 4 == 0
    assert "attacked: " in seen.text
    assert NAMES[1] in seen.text
    assert "<script" not in page


def test_votes_are_compared_under_an_attack_that_averages(
    folder: Path, tmp_path: Path, sesr: Run
) -> None:
    command = ("robustness", "compare", *basic(folder), "-o", tmp_path, "--first", 6)
    done = sesr(
        *(*command, "--defenses", "bicubic:24;noise:0.1,bicubic:24", "--threat", "adaptive"),
        *("--attacks", "pgd:2", "--epsilons", "64,192", "--norm", "l2", "--eot", 4, "--draws", 60),
        "--survivors",
    )
    assert done.returncode == 0, done.stderr
    assert "delegate" not in done.stderr
    plain, noisy = json.loads((tmp_path / "compare.json").read_text())["defenses"]
    threats = ["clean", "adaptive, l2 0.251", "adaptive, l2 0.7529"]
    assert [row["threat"] for row in noisy["rows"]] == threats
    left = [row["accuracy"] for row in noisy["rows"]]
    assert left == sorted(left, reverse=True)
    assert noisy["rows"][1]["attack"] == "PGD-2 EOT-4"
    assert (plain["votes"], noisy["votes"]) == (0, 60)
    assert not any("draws" in flag for flag in noisy["red_flags"])


def assert_shows(page: str, content: dict[str, Any]) -> None:
    """A page has the figures of the JSON beside it, a row a defense, and what they rest on."""
    seen = read_page(page)
    assert_stands_alone(seen)
    width = len(seen.cells) // (1 + len(content["defenses"]))
    for number, one in enumerate(content["defenses"], 1):
        cells = seen.cells[number * width : (number + 1) * width]
        assert cells[:2] == [str(number), one["defense"]]
        shares = [cell.split()[0] for cell in cells[4:]]
        found = [row["accuracy"] for row in one["rows"]] + [one["worst_case"]]
        assert shares == [f"{accuracy:.1%}" for accuracy in found]
        assert all(flag in seen.text for flag in one["red_flags"])
    assert seen.tags.count("circle") == len(content["defenses"])
    for point in content["points"]:
        assert f"{point['defense']}: {point['clean']:.1%}, {point['robust']:.1%}" in seen.text
    for text in (content["command"], *content["versions"].values(), "What the attacker knew"):
        assert text in seen.text


def test_names_that_cannot_be_read_end_before_the_work(
    folder: Path, tmp_path: Path, sesr: Run
) -> None:
    command = ("robustness", "compare", *basic(folder), "-o", tmp_path, "--class-names", tmp_path)
    assert_fails(sesr(*command), 2, "--class-names needs a text file")


def test_a_search_proposes_a_defense(folder: Path, tmp_path: Path, sesr: Run) -> None:
    done = sesr(
        *("robustness", "search", *basic(folder), "-o", tmp_path, "--sizes", "24,40"),
        *("--qualities", "75", "--sigmas", "0.02", "--enlarger", "bicubic:x2"),
        *("--attack", "fgsm", "--epsilons", "8"),
    )
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "search.json").read_text())
    assert len(content["points"]) == 1 + 2 + 2 * 4
    assert done.stdout.startswith(content["proposed"]["defense"])
    assert (tmp_path / "frontier.png").exists()
    page = (tmp_path / "search.html").read_text()
    assert_shows(page, content)
    assert f"Proposed: {content['proposed']['defense']}" in read_page(page).text


TRAIN = (
    *("--crops", 6, "--noisy", 4, "--clean", 1, "--gray", 1, "--adaptive", 1, "--gray-steps", 1),
    *("--adaptive-steps", 1, "--steps", 2, "--validate-every", 1, "--teacher", "bicubic:24"),
)


def test_a_defense_is_trained_and_used(folder: Path, tmp_path: Path, sesr: Run) -> None:
    run = tmp_path / "run"
    command = ("robustness", "train", *basic(folder), "-o", run, "--photos", folder / "images")
    done = sesr(*command, *TRAIN, "--defense", "sesr:M2:rgb,bicubic:24")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{run / 'm2_x2_rgb.tflite'}: ")
    lines = [line for line in done.stderr.splitlines() if line.startswith("step ")]
    assert [line.split()[1] for line in lines] == ["1/2", "2/2"]
    card = json.loads((run / "m2_x2_rgb.json").read_text())
    assert card["training"]["defense"] == "sesr:M2:rgb,bicubic:24"
    again = sesr(*command, *TRAIN, "--defense", "sesr:M2:rgb,bicubic:24")
    assert again.returncode == 0
    assert not [line for line in again.stderr.splitlines() if line.startswith("step ")]
    used = sesr(
        *("robustness", *basic(folder), "-o", tmp_path / "report", "--attacks", "fgsm"),
        *("--epsilons", "4", "--defense", f"sesr:{run / 'm2_x2_rgb.keras'},bicubic:24"),
    )
    assert used.returncode == 0, used.stderr


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ([*TRAIN, "--defense", "bicubic:24"], ["needs one SESR network", "received 0"]),
        ([*TRAIN, "--defense", "sesr:M5:y"], ["must be for RGB", "write sesr:M5:rgb"]),
        ([*TRAIN, "--noisy", "7"], ["noisy must be from 1 to crops = 6; received 7"]),
        ([*TRAIN, "--warmup", "9"], ["warmup must be below steps = 2; received 9"]),
        (["--recipe", "m2_graz"], ["unknown recipe 'm2_graz': did you mean m2_gray?"]),
        (["--recipe", "m2_gray", "--crops", "9"], ["names every setting; --crops cannot"]),
    ],
)
def test_wrong_training_options_end_before_the_work(
    options: list[object], parts: list[str], folder: Path, tmp_path: Path, sesr: Run
) -> None:
    command = ("robustness", "train", *basic(folder), "-o", tmp_path, "--photos", folder)
    assert_fails(sesr(*command, *options), 2, *parts)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--attacks", "pdg"], ["unknown attack 'pdg': did you mean pgd?"]),
        (["--threat", "grey-box"], ["did you mean gray-box?"]),
        (["--defense", "jpg:75"], ["did you mean jpeg?"]),
        (["--epsilons", "0"], ["--epsilons needs numbers above 0"]),
        (["--epsilons", "a,b"], ["--epsilons needs numbers", "received 'a,b'"]),
        (["--attacks", "cw"], ["'cw' has no norm 'linf'"]),
        (["--threat", "transfer"], ["needs another classifier: give --surrogate"]),
        (["--surrogate-range", "1,0"], ["--surrogate-range needs two numbers"]),
        (["--attacks", "noise"], ["the threat gray-box can run none of the attacks", "noise"]),
        (["--seed", "-1"], ["--seed", "-1 is not in the range"]),
        (["--input-range", "1,0"], ["--input-range needs two numbers"]),
        (["--classifier", "mobilnet_v2"], ["did you mean mobilenet_v2?"]),
        (
            ["--classifier", "mobilenet_v2", "--input-range", "0,1"],
            ["has an input range of its own"],
        ),
        (["--weights", "w.h5"], ["leave --weights out"]),
        (["--skip", "1000"], ["no image is left after skipping 1000"]),
        (["--queries", "0"], ["--queries", "0 is not in the range"]),
    ],
)
def test_wrong_options_end_before_the_work(
    options: list[str], parts: list[str], folder: Path, tmp_path: Path, sesr: Run
) -> None:
    done = sesr("robustness", *basic(folder), "-o", tmp_path / "r", *options)
    assert_fails(done, 2, *parts)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("robustness", "--norm", "l2", "compare", "-o", "out"), "--norm stands before compare"),
        (("export", "--model", "M5", "verify", "out"), "--model stands before verify"),
    ],
)
def test_options_before_a_subcommand_are_not_dropped(
    words: tuple[str, ...], flag: str, sesr: Run
) -> None:
    assert_fails(sesr(*words), 2, flag, f"write sesr {words[0]}")


def test_missing_options_are_named(sesr: Run) -> None:
    assert_fails(sesr("robustness"), 2, "needs --classifier, --images, --labels, --output")


def test_defenses_are_not_compared_under_transfer(folder: Path, tmp_path: Path, sesr: Run) -> None:
    command = ("robustness", "compare", *basic(folder), "-o", tmp_path / "r")
    done = sesr(*command, "--threat", "transfer")
    assert_fails(done, 2, "needs a surrogate: run sesr robustness --threat transfer")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ("missing file", ["1 of 25 labelled images are not in", "lost.png"]),
        ("missing label", ["1 of 24 images have no label", "23.png"]),
        ("text label", ["line 2 needs a file name", "received '00.png' and 'cat'"]),
        ("twice", ["line 27 gives 00.png the class 9, a line before it"]),
        ("no column", ["line 2 needs a file name in the column `image`"]),
        ("too high", ["label 7 is beyond the 3 classes"]),
        ("shifted", ["no better than guessing"]),
    ],
)
def test_wrong_labels_end_before_the_work(
    change: str, parts: list[str], folder: Path, tmp_path: Path, sesr: Run
) -> None:
    with (folder / "labels.csv").open() as file:
        rows: list[dict[str, object]] = list(csv.DictReader(file))
    if change == "missing file":
        rows.append({"image": "lost.png", "label": 0, "author": ""})
    elif change == "missing label":
        rows.pop()
    elif change == "text label":
        rows[0]["label"] = "cat"
    elif change == "twice":
        rows += [rows[1], {**rows[0], "label": 9}]
    elif change == "no column":
        rows = [{"file": row["image"], "label": row["label"]} for row in rows]
    elif change == "too high":
        rows[0]["label"] = 7
    else:
        rows = [{**row, "label": (int(str(row["label"])) + 1) % 3} for row in rows]
    write_labels(tmp_path / "labels.csv", rows)
    options = [*basic(folder), "--labels", tmp_path / "labels.csv", "--epsilons", "4"]
    done = sesr("robustness", *options, "-o", tmp_path, "--defense", "none")
    assert_fails(done, 2, *parts)


def test_images_of_mixed_size_end_before_the_work(folder: Path, tmp_path: Path, sesr: Run) -> None:
    for name, side in (("a.png", 8), ("b.png", 9)):
        Image.new("RGB", (side, side)).save(tmp_path / name)
    rows: list[dict[str, object]] = [{"image": n, "label": 0} for n in ("a.png", "b.png")]
    write_labels(tmp_path / "labels.csv", rows)
    options = ["--images", tmp_path, "--labels", tmp_path / "labels.csv", "-o", tmp_path]
    done = sesr("robustness", *basic(folder), *options)
    assert_fails(done, 2, "b.png: all images must have one size; received 9x9", "a.png is 8x8")

"""`sesr classify train`."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from sesr.classifiers.training.config import ClassifierConfig
from sesr.errors import UsageError
from sesr.reporting.progress import no_advance
from sesr_app.classify.command import classify
from sesr_app.classify.job import read_sets
from sesr_datasets.labelled import cifar10
from sesr_datasets.labelled.class_folders import read_class_folders


def write(folder: Path, names: tuple[str, ...], size: int = 32, count: int = 6) -> Path:
    rng = np.random.default_rng(0)
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            pixels = rng.integers(0, 60, (size, size, 3), dtype=np.uint8)
            pixels[..., number % 3] += 150
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return folder


def run(*arguments: str | Path) -> str:
    words = ["train", *map(str, arguments)]
    result = CliRunner().invoke(classify, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


SHORT = ("--steps", "4", "--batch-size", "4", "--dispatch", "1", "--validate-every", "2")


def test_trains_and_goes_on(tmp_path: Path) -> None:
    folder = write(tmp_path / "images", ("red", "green", "blue"))
    assert "in int8" in run(folder, "-o", tmp_path / "run", *SHORT)
    card = json.loads((tmp_path / "run" / "ran_e_small.json").read_text())
    assert card["classes"] == ["blue", "green", "red"]
    assert "saw 18 images" in card["saw"]
    assert set(card["sha256"]) == {
        *("ran_e_small.keras", "ran_e_small.tflite", "ran_e_small_int8.tflite")
    }
    assert "going on from step 4" in run(folder, "-o", tmp_path / "run", *SHORT)


def test_validation_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "images", ("red", "green"))
    others = write(tmp_path / "others", ("green",), count=2)
    write(tmp_path / "others", ("red",), count=2)
    run(folder, "--validation", others, "-o", tmp_path / "run", *SHORT)
    card = json.loads((tmp_path / "run" / "ran_e_small.json").read_text())
    assert card["training"]["chosen_on"] == "4 images: others"


def test_cifar10_is_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_class_folders(write(tmp_path / "images", ("cat", "dog")))
    monkeypatch.setattr(cifar10, "read_cifar10", lambda progress: known)
    monkeypatch.chdir(tmp_path)
    data, held = read_sets(Path("cifar10"), None, ClassifierConfig(), no_advance)
    assert (len(data), len(held), data.classes) == (10, 2, ("cat", "dog"))
    with pytest.raises(UsageError, match="class 'horses' is in the validation and not in"):
        others = write(tmp_path / "others", ("cat", "horses"))
        read_sets(Path("cifar10"), others, ClassifierConfig(), no_advance)
    # A folder of that name is meant where there is one.
    write(tmp_path / "cifar10", ("one",))
    with pytest.raises(UsageError, match="needs at least 2 classes"):
        read_sets(Path("cifar10"), None, ClassifierConfig(), no_advance)


@pytest.mark.parametrize(
    ("names", "size", "others", "message"),
    [
        (("one",), 32, (), "needs at least 2 classes"),
        (("one", "two"), 16, (), "at least 32 pixels a side; received 16"),
        (("one", "two"), 32, ("one", "three"), "class 'three' is in the validation and not in"),
    ],
)
def test_refused_before_any_work(
    tmp_path: Path, names: tuple[str, ...], size: int, others: tuple[str, ...], message: str
) -> None:
    folder = write(tmp_path / "images", names, size)
    more: list[str | Path] = []
    if others:
        # Nothing of them is read before.
        (write(tmp_path / "others", others) / "one" / "bad.png").write_bytes(b"")
        more = ["--validation", tmp_path / "others"]
    with pytest.raises(UsageError, match=message):
        run(folder, "-o", tmp_path / "run", *SHORT, *more)
    assert not (tmp_path / "run").exists()


def test_recipe_stands_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "images", ("one", "two"))
    with pytest.raises(UsageError, match="--steps cannot be given beside it"):
        run(folder, "-o", tmp_path / "run", "--recipe", "ran_e_small", "--steps", "4")

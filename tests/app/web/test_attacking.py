"""One photograph and one attack, as the tab Defend shows them."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("tensorflow")
pytest.importorskip("foolbox")

import keras

from photos import make_photo
from sesr.errors import SesrError
from sesr_app.web.work.attacking import (
    Attacked,
    AttackWish,
    attack_photograph,
    best,
    class_names,
    read_square,
)

SIDE = 48


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that adds pixels up with random weights, so that many small changes count."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, kernel_initializer=keras.initializers.RandomNormal(stddev=1.0)),
        ]
    )
    path = tmp_path_factory.mktemp("classifier") / "net.keras"
    model.save(path)
    return path


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(make_photo(90, 120)).save(path)
    return path


def attack(photograph: Path, classifier: Path | str, folder: Path, **more: Any) -> Attacked:
    folder.mkdir(exist_ok=True)
    chosen = {"defense": "strong", "knowledge": "gray-box", "attack": "pgd", "epsilon": 8.0}
    wish = AttackWish(photograph, str(classifier), None, (0.0, 1.0), **(chosen | more))
    return attack_photograph(lambda *_: None, wish, folder)


def pixels(path: Path) -> np.ndarray[Any, Any]:
    with Image.open(path) as image:
        return np.asarray(image, np.int16)


def test_the_adaptive_attacker_wins(photograph: Path, classifier: Path, tmp_path: Path) -> None:
    blind = attack(photograph, classifier, tmp_path / "blind")
    knowing = attack(photograph, classifier, tmp_path / "knowing", knowledge="adaptive")
    assert blind.fooled
    assert "not that it is defended" in blind.meaning
    assert best(knowing.kept_answers) == best(knowing.clean_answers)
    assert knowing.beaten
    assert "through both" in knowing.meaning


def test_what_is_shown_is_what_was_computed(
    photograph: Path, classifier: Path, tmp_path: Path
) -> None:
    found = attack(photograph, classifier, tmp_path / "out", epsilon=4.0)
    clean, attacked = pixels(found.clean), pixels(found.attacked)
    assert clean.shape == (SIDE, SIDE, 3)
    assert 3 <= np.abs(attacked - clean).max() <= 4
    assert found.defense == f"jpeg:75,sesr:M5:y,bicubic:{SIDE}"
    assert pixels(found.defended).shape == (SIDE, SIDE, 3)
    assert all(0 <= share <= 1 for share in found.clean_answers.values())


def test_noise_of_the_same_size_does_less(
    photograph: Path, classifier: Path, tmp_path: Path
) -> None:
    assert not attack(photograph, classifier, tmp_path / "n", knowledge="noise", epsilon=1.0).fooled


def test_files_that_hold_code_are_refused(
    photograph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a Lambda layer holds would run as soon as it is loaded."""
    trap = tmp_path / "trap"
    monkeypatch.setenv("TRAP", str(trap))
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            keras.layers.Lambda(lambda x: (__import__("os").mkdir(os.environ["TRAP"]), x)[1]),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    path = tmp_path / "evil.keras"
    model.save(path)
    trap.rmdir()
    with pytest.raises(SesrError, match=r"evil.keras: not a readable"):
        attack(photograph, path, tmp_path / "out")
    assert not trap.exists()


def test_what_does_not_fit_is_one_line(photograph: Path, classifier: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.keras"
    bad.write_text("no model")
    wide = tmp_path / "wide.keras"
    keras.Sequential(
        [keras.Input((32, 48, 3)), keras.layers.Flatten(), keras.layers.Dense(4)]
    ).save(wide)
    cases: list[tuple[Path | str, dict[str, Any], str]] = [
        (bad, {}, "bad.keras"),
        (wide, {}, "square"),
        (classifier, {"defense": "magic"}, "magic"),
        (classifier, {"attack": "pdg"}, "did you mean pgd"),
        (classifier, {"knowledge": "all"}, "unknown threat"),
    ]
    for given, more, part in cases:
        with pytest.raises(SesrError, match=part) as caught:
            attack(photograph, given, tmp_path / "out", **more)
        assert "\n" not in str(caught.value)


def test_photographs_of_any_form_become_squares(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (60, 40), (255, 0, 0, 0)).save(path)
    square = read_square(path, 20)
    assert (square.shape, square.dtype) == ((20, 20, 3), np.float32)
    assert square.min() == 1.0


def test_classes_have_names() -> None:
    assert class_names(3) == ["class 0", "class 1", "class 2"]
    names = class_names(1000)
    assert len(set(names)) == 1000

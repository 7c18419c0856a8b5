"""One photograph and one attack, as the tab Defend shows them."""

import json
import os
import sys
import threading
import zipfile
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
from sesr_app.web.work.child import Child
from sesr_app.web.work.foreign import check_keras

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


def test_the_verdict_tells_of_the_vote(photograph: Path, classifier: Path, tmp_path: Path) -> None:
    verdict = pytest.importorskip("sesr_app.web.tabs.defend").verdict
    noisy = f"noise:0.05,bicubic:{SIDE}"
    voted = attack(photograph, classifier, tmp_path / "vote", defense=noisy)
    assert voted.votes > 1
    assert f"a vote of {voted.votes} draws says" in verdict(voted)
    shares = np.array(list(voted.kept_answers.values())) * voted.votes
    np.testing.assert_allclose(shares, np.rint(shares), atol=1e-6)
    alone = attack(photograph, classifier, tmp_path / "alone")
    assert alone.votes == 0
    assert "behind the defence it says" in verdict(alone)


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
    with pytest.raises(SesrError, match=r"^evil.keras: its layer lambda\w* is a Lambda"):
        attack(photograph, path, tmp_path / "out")
    # Keras does not run it either.
    monkeypatch.setattr("sesr_app.web.work.attacking.check_keras", lambda *_: None)
    with pytest.raises(SesrError, match=r"evil.keras: not a readable"):
        attack(photograph, path, tmp_path / "out")
    assert not trap.exists()


def with_config(classifier: Path, path: Path, **values: Any) -> Path:
    """The same file with other values in the settings of its last layer."""
    with zipfile.ZipFile(classifier) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["layers"][-1]["config"] |= values
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return path


def test_a_hidden_lambda_is_found(classifier: Path, tmp_path: Path) -> None:
    hidden = {"class_name": "Wrapper", "config": {"layer": [{"class_name": "Lambda"}]}}
    path = with_config(classifier, tmp_path / "a.keras", inner=hidden)
    with pytest.raises(SesrError, match="its layer lambda is a Lambda"):
        check_keras(path, 100)


def test_a_file_that_unpacks_to_more_is_refused(classifier: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.keras"
    path.write_bytes(classifier.read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more", bytes(5_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(SesrError, match=r"^bomb.keras: unpacks to 5 MB, and this page takes 3;"):
        check_keras(path, 3)
    check_keras(path, 6)


def test_what_is_no_archive_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    deep = tmp_path / "deep.keras"
    path.write_text("no archive")
    with zipfile.ZipFile(deep, "w") as archive:
        archive.writestr("config.json", "[" * 100_000)
    for one in (path, deep):
        with pytest.raises(SesrError, match=f"^{one.name}: is no classifier that Keras saved"):
            check_keras(one, 100)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")
def test_a_classifier_that_is_far_too_large_is_one_line(
    photograph: Path, classifier: Path, tmp_path: Path
) -> None:
    """A small file whose last layer would have eight gigabytes of weights."""
    path = with_config(classifier, tmp_path / "large.keras", units=300_000)
    wish = AttackWish(photograph, str(path), None, (0.0, 1.0), "strong", "gray-box", "pgd", 8.0)
    child = Child(gigabytes=1.5)
    try:
        with pytest.raises(SesrError) as caught:
            list(child.run(attack_photograph, (wish, tmp_path), threading.Event(), 600))
    finally:
        child.close()
    assert "more than the 1.5 GB of memory" in str(caught.value)


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

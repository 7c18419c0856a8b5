"""Certified accuracy beside its floor, and attacks on a vote."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from statistics import NormalDist

import keras
import numpy as np
import pytest

from defense import DefendedClassifier, parse_defense
from defense.attacks import parse_attack
from defense.batch import ImageBatch
from defense.classifiers import Classifier
from defense.evaluation import (
    Cell,
    CertifyPlan,
    Evaluation,
    ImageSet,
    ThreatModel,
    certify_defenses,
    floor_of,
)
from defense.evaluation.report import write_certificates
from defense.smoothing import Smoothed
from defense.transforms.trained import find_trained
from sesr.errors import UsageError

SIDE, CLASSES = 12, 3
NOISE = "noise:0.1,bicubic:8"


@pytest.fixture(name="evaluation")
def _evaluation(tmp_path: Path) -> Evaluation:
    """Images of three classes by their colour, some of them close to another class."""
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(CLASSES),
        ],
        name="color",
    )
    model.set_weights([np.eye(3, dtype=np.float32) * 50, np.zeros(3, np.float32)])
    labels = np.arange(12) % CLASSES
    edge = np.linspace(0.002, 0.05, 12, dtype=np.float32)
    colors = 0.4 + edge[:, None] * np.eye(CLASSES, dtype=np.float32)[labels]
    images = np.broadcast_to(colors[:, None, None], (12, SIDE, SIDE, 3)).astype(np.float32)
    data = ImageSet.of(np.ascontiguousarray(images), labels)
    return Evaluation(
        Classifier.of(model), parse_defense(NOISE), data, tmp_path, batch=40, draws=60
    )


def test_certificates_go_on_where_they_were_stopped(evaluation: Evaluation, tmp_path: Path) -> None:
    plan = CertifyPlan(n0=20, n=300)
    texts = [NOISE, floor_of(NOISE), "noise:0.3,bicubic:8"]
    found = certify_defenses(evaluation, texts, plan)
    assert len(list((tmp_path / "tallies").iterdir())) == 24  # the floor is the same defense
    again = certify_defenses(evaluation, texts, plan)
    for one, other in zip(found, again, strict=True):
        assert one.found.tallies == other.found.tallies
    table = write_certificates(evaluation, found, plan, (0.0, 0.1), "sesr again", tmp_path)
    assert table.splitlines()[0].startswith("| defense | vote | L2 0 | L2 0.1 | abstained |")
    content = json.loads((tmp_path / "certify.json").read_text())
    assert (content["n"], content["level"], content["command"]) == (300, 0.001, "sesr again")
    assert content["defenses"][0]["certified"]["0"] == found[0].found.accuracy(0)
    assert (tmp_path / "certify.png").stat().st_size > 1000
    assert "sesr again" in (tmp_path / "certify.md").read_text()


def test_what_the_draws_cannot_prove_is_no_figure(evaluation: Evaluation, tmp_path: Path) -> None:
    """0 % would say that images were tried and failed."""
    plan = CertifyPlan(n0=20, n=300)
    found = certify_defenses(evaluation, [NOISE, "noise:0.3,bicubic:8"], plan)
    # All 300 draws for one class: 0.1 and 0.3 times the normal quantile of 0.001 ** (1 / 300).
    ceilings = [sigma * NormalDist().inv_cdf(0.001 ** (1 / 300)) for sigma in (0.1, 0.3)]
    np.testing.assert_allclose(ceilings, [0.2001, 0.6002], atol=1e-3)
    table = write_certificates(evaluation, found, plan, (0.0, 0.19, 0.21), "sesr again", tmp_path)
    near, far = (line.split("|") for line in table.splitlines()[2:])
    assert [cell.strip() == "-" for cell in near[3:6]] == [False, False, True]
    assert [cell.strip() == "-" for cell in far[3:6]] == [False, False, False]
    page = (tmp_path / "certify.md").read_text()
    assert "beyond L2 0.2 behind noise of sigma 0.1 and L2 0.6 behind noise of sigma 0.3" in page
    assert "except with probability 0.001 a photograph" in page
    first, second = json.loads((tmp_path / "certify.json").read_text())["defenses"]
    assert (first["certified"]["0.21"], first["furthest"]) == (None, pytest.approx(ceilings[0]))
    assert second["certified"]["0.21"] == found[1].found.accuracy(0.21)


def test_no_attack_breaks_a_certificate_inside_its_radius(evaluation: Evaluation) -> None:
    """PGD and APGD through the noise, and the worst change there is; all within the radius."""
    (certified,) = certify_defenses(evaluation, [NOISE], CertifyPlan(n=1_000))
    radii, data = certified.found.radii, evaluation.data
    proven = np.flatnonzero(radii > 0)
    assert len(proven) >= 6
    broken = tried = 0
    voter = Smoothed.from_text(evaluation.classifier.model, NOISE, 2_000, seed=9, batch=200)
    for index in proven:
        one = data.take([index])
        for attacked in _attacks(evaluation, one, float(radii[index])):
            length = float(np.sqrt(np.square(attacked - one.images).sum()))
            assert 0.5 * radii[index] < length <= radii[index] * 1.0001
            tried += 1
            broken += int(voter.vote(attacked)[0] != one.labels[0])
    assert tried == 3 * len(proven)
    assert broken == 0


def test_outside_of_a_certificate_the_same_attacks_succeed(evaluation: Evaluation) -> None:
    """So that the test above can fail."""
    (certified,) = certify_defenses(evaluation, [NOISE], CertifyPlan(n=1_000))
    index = int(np.argmin(np.where(certified.found.radii > 0, certified.found.radii, 9)))
    one = evaluation.data.take([index])
    voter = Smoothed.from_text(evaluation.classifier.model, NOISE, 200, seed=9, batch=200)
    for attacked in _attacks(evaluation, one, float(certified.found.radii[index]) + 1.0):
        assert voter.vote(attacked)[0] != one.labels[0]


def _attacks(evaluation: Evaluation, one: ImageSet, radius: float) -> list[ImageBatch]:
    from defense.attacks import foolbox_model, run_attack

    model = foolbox_model(evaluation.defended)
    specs = [parse_attack(name, "l2", eot=4) for name in ("pgd:10", "apgd:10")]
    found = [run_attack(model, spec, one.images, one.labels, radius) for spec in specs]
    other = (one.labels[0] + 1) % CLASSES
    direction = np.zeros_like(one.images)
    direction[..., other], direction[..., one.labels[0]] = 1, -1
    straight = one.images + radius * direction / np.sqrt(np.square(direction).sum())
    return [*found, np.clip(straight, 0, 1).astype(np.float32)]


def test_answers_to_a_smoothed_defense_are_votes(evaluation: Evaluation) -> None:
    assert evaluation.votes == 60
    assert evaluation.behind(parse_defense("bicubic:8")).votes == 0
    clean = evaluation.clean()
    assert np.mean(clean.correct) >= 0.7
    strong = Cell(ThreatModel("adaptive", 20 / 255), parse_attack("pgd:5", eot=4))
    square = Cell(ThreatModel("black-box", 20 / 255), parse_attack("square:20"))
    rows = evaluation.run([square, strong])
    assert all(row.accuracy < clean.accuracy for row in rows[1:])
    assert evaluation.row(strong).correct == rows[2].correct


def test_other_weights_under_one_path_are_another_classifier(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    """Else certificates of the network that was there before would be found again."""
    prints: list[tuple[str, ...]] = []
    for name in ("m2_gray", "smoothed"):
        trained = find_trained(name)
        assert trained
        for path in (trained.keras, trained.litert, trained.card_file):
            shutil.copy(path, tmp_path / f"network{path.suffix}")
        text = f"noise:0.1,sesr:{tmp_path / 'network.keras'},bicubic:8"
        model = evaluation.classifier.model
        wrapped = DefendedClassifier(model, parse_defense(text)).defense
        smoothed = Smoothed.from_text(model, text).defended.defense
        chains = (parse_defense(text), wrapped, smoothed)
        prints.append(tuple(map(evaluation.fingerprint_behind, chains)))
    assert all(one != other for one, other in zip(*prints, strict=True))


@pytest.mark.parametrize(
    ("cleaning", "resizing"),
    [
        ("bicubic:6,sesr:M2:rgb,bicubic:8", "bicubic:8"),
        ("bicubic:6,sesr:M2:rgb", "bicubic:12"),
        ("bicubic:4x6,sesr:M2:rgb,nearest:x3", "nearest:24x36"),
        ("sesr:M2:rgb,jpeg:75", "bicubic:x2"),
        ("nearest:9,wavelet:0.04", "nearest:9"),
        ("jpeg:75", ""),
        ("bicubic:6,sesr:M2:rgb,views:mirror", "bicubic:12,views:mirror"),
    ],
)
def test_the_floor_puts_out_the_size_of_the_defense(cleaning: str, resizing: str) -> None:
    """The classifier behind it sees images as large, so that cleaning is all that differs."""
    floor = floor_of(f"noise:0.2,{cleaning}")
    assert floor == ",".join(filter(None, ["noise:0.2", resizing]))
    images = np.full((1, SIDE, SIDE, 3), 0.5, np.float32)
    assert parse_defense(floor)(images).shape == parse_defense(cleaning)(images).shape


def test_the_floor_needs_noise_too() -> None:
    with pytest.raises(UsageError, match="begins with noise"):
        floor_of("bicubic:224")


@pytest.mark.parametrize("plan", [{"n0": 0}, {"n": 1}, {"level": 0.5}, {"level": 0}])
def test_a_plan_that_proves_nothing_is_refused(plan: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        CertifyPlan(**plan)  # type: ignore[arg-type]

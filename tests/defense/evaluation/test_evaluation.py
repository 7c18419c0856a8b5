"""The evaluation of a defense: kept results, tables, red flags, figures."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from defense import Compose, RandomResize, parse_defense
from defense.attacks import parse_attack
from defense.classifiers import Classifier
from defense.evaluation.adversarial import AdversarialStore, Perturbation
from defense.evaluation.comparison import compare_defenses, comparison_table, paper_defenses
from defense.evaluation.image_set import ImageSet, read_image_set
from defense.evaluation.report.document import EvaluationReport
from defense.evaluation.report.figures import save_curves, save_examples
from defense.evaluation.row import worst_case
from defense.evaluation.runner import Evaluation
from defense.evaluation.threat import Cell, ThreatModel
from sesr.errors import ImageError, UsageError

COUNT, SIDE, CLASSES = 24, 16, 4
EPSILON = 0.1


def toy_classifier() -> keras.Model:
    """Right on `toy_data`: tells images by their brightest channel, or all of them."""
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(CLASSES),
        ],
        name="toy",
    )
    kernel = np.float32([[20, 0, 0, 7], [0, 20, 0, 7], [0, 0, 20, 7]])
    model.set_weights([kernel, np.float32([0, 0, 0, 0.3])])
    return model


@pytest.fixture(name="data")
def _data() -> ImageSet:
    rng = np.random.default_rng(0)
    labels = np.arange(COUNT) % CLASSES
    colors = np.float32([[0.6, 0.4, 0.4], [0.4, 0.6, 0.4], [0.4, 0.4, 0.6], [0.55, 0.55, 0.55]])
    noise = rng.normal(0, 0.05, (COUNT, SIDE, SIDE, 3))
    images = np.clip(colors[labels][:, None, None] + noise, 0, 1).astype(np.float32)
    return ImageSet.of(images, labels.astype(np.int32))


@pytest.fixture(name="evaluation")
def _evaluation(data: ImageSet, tmp_path: Path) -> Evaluation:
    classifier = Classifier.of(toy_classifier())
    return Evaluation(classifier, parse_defense("jpeg:90"), data, tmp_path, batch=10)


def cell(knowledge: Any, attack: str, epsilon: float = EPSILON) -> Cell:
    return Cell(ThreatModel(knowledge, epsilon), parse_attack(attack))


CELLS = [
    cell("gray-box", "fgsm"),
    cell("gray-box", "pgd:5"),
    cell("black-box", "square:60"),
    cell("noise", "noise"),
    cell("adaptive", "pgd:5"),
]


def test_all_threats_are_run(evaluation: Evaluation) -> None:
    rows = evaluation.run(CELLS)
    clean, fgsm, pgd, square, noise, adaptive = rows
    assert clean.accuracy > 0.8
    assert clean.bare_correct == (True,) * COUNT
    assert fgsm.accuracy < 0.6
    assert noise.accuracy > 0.8
    assert adaptive.accuracy <= pgd.accuracy + 0.1
    assert square.accuracy < clean.accuracy
    for row in rows[1:]:
        assert 0 < row.largest <= EPSILON + 1e-6
    assert adaptive.no_gradient == 0
    assert adaptive.attacked == sum(clean.correct)
    assert pgd.bare_correct is not None
    survivors = worst_case([fgsm, pgd])
    assert survivors.sum() <= min(sum(fgsm.correct), sum(pgd.correct))


def test_answers_behind_noise_are_those_of_the_vote(evaluation: Evaluation) -> None:
    noisy = evaluation.behind(parse_defense("noise:0.1,bicubic:24"))
    images = noisy.data.images[:4]
    (_, first), (_, second) = noisy.answers(images), noisy.answers(images)
    np.testing.assert_allclose(first, second, atol=1e-5)
    np.testing.assert_allclose(np.exp(first).sum(axis=1), 1, atol=1e-4)


def test_finished_rows_are_not_run_again(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluation.run(CELLS)

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("ran again")

    monkeypatch.setattr("defense.evaluation.adversarial.run_attack", never)
    assert evaluation.run(CELLS) == first
    other = evaluation.behind(parse_defense("bicubic:24"))
    other.run(CELLS[:2])  # the gray-box images are those of the bare classifier
    with pytest.raises(AssertionError, match="ran again"):
        other.run(CELLS[4:])


def test_a_killed_attack_goes_on(
    evaluation: Evaluation, data: ImageSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from defense.evaluation import adversarial

    run_attack, calls = adversarial.run_attack, []

    def dies_in_the_second_chunk(*arguments: Any) -> Any:
        calls.append(len(calls))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return run_attack(*arguments)

    monkeypatch.setattr(adversarial, "run_attack", dies_in_the_second_chunk)
    with pytest.raises(KeyboardInterrupt):
        evaluation.row(CELLS[1])
    resumed = evaluation.row(CELLS[1])
    assert len(calls) == 2 + 2  # one chunk done, one broken off, two left
    whole = Evaluation(evaluation.classifier, evaluation.defense, data, tmp_path / "b", batch=10)
    assert replace(whole.row(CELLS[1]), seconds=0) == replace(resumed, seconds=0)


def test_damaged_files_are_made_anew(evaluation: Evaluation, tmp_path: Path) -> None:
    first = evaluation.row(CELLS[1])
    for path in (*tmp_path.glob("adversarial/*"), *tmp_path.glob("rows/*")):
        path.write_bytes(b"PK\x03\x04 half a file")
    assert replace(evaluation.row(CELLS[1]), seconds=0) == replace(first, seconds=0)


def test_progress_ends_with_all_work_done(evaluation: Evaluation) -> None:
    seen: list[tuple[str, float, float]] = []
    evaluation.run(CELLS[:2], lambda label, done, total: seen.append((label, done, total)))
    done = [step[1] for step in seen]
    assert done == sorted(done)
    assert seen[-1][1] == seen[-1][2]
    assert any("PGD-5, gray-box" in label for label, _, _ in seen)


def test_transfer_is_made_on_the_surrogate(data: ImageSet, tmp_path: Path) -> None:
    other = toy_classifier()
    other.set_weights([w + 0.1 for w in other.get_weights()])
    surrogate = Classifier.of(other, name="other")
    evaluation = Evaluation(
        Classifier.of(toy_classifier()), Compose([]), data, tmp_path, surrogate=surrogate
    )
    assert evaluation.row(cell("transfer", "pgd:5")).accuracy < 1
    without = Evaluation(Classifier.of(toy_classifier()), Compose([]), data, tmp_path)
    with pytest.raises(UsageError, match="surrogate"):
        without.row(cell("transfer", "pgd:5"))


def test_perturbations_are_kept_within_their_bound() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((3, 8, 8, 3), dtype=np.float32)
    perturbed = np.clip(images + rng.uniform(-0.03, 0.03, images.shape), 0, 1).astype(np.float32)
    kept = Perturbation.between(images, perturbed).apply(images)
    bound = np.abs(perturbed - images).max(axis=(1, 2, 3), keepdims=True)
    assert np.all(np.abs(kept - images) <= bound + 1e-6)
    assert np.abs(kept - perturbed).max() <= 0.03 / 127 + 1e-6
    nothing = Perturbation.between(images, images).apply(images)
    np.testing.assert_array_equal(nothing, images)
    signs = np.clip(images + 0.03 * rng.choice(np.float32([-1, 1]), images.shape), 0, 1)
    exact = Perturbation.between(images, signs).apply(images)
    np.testing.assert_allclose(exact, signs, atol=0.03 / 127 + 1e-6)


def test_perturbations_within_a_ball_keep_their_length() -> None:
    """One large value beside many small ones, which steps of the largest would make zero."""
    rng = np.random.default_rng(0)
    images = rng.uniform(0.3, 0.7, (3, 32, 32, 3)).astype(np.float32)
    change = rng.normal(0, 1e-3, images.shape).astype(np.float32)
    change[:, 5, 5, 0] = 0.25
    kept = Perturbation.between(images, images + change, "l2").apply(images)
    lengths = [np.linalg.norm((p - images).reshape(3, -1), axis=1) for p in (images + change, kept)]
    assert (lengths[1] <= lengths[0] * (1 + 1e-6)).all()
    assert (lengths[1] >= lengths[0] * 0.999).all()


def test_attacks_within_a_ball_reach_its_rim(evaluation: Evaluation) -> None:
    threat = ThreatModel("gray-box", 0.4, "l2")
    strong = evaluation.adversarial(Cell(threat, parse_attack("pgd:5", "l2")))
    lengths = np.linalg.norm((strong - evaluation.data.images).reshape(COUNT, -1), axis=1)
    assert (lengths <= 0.4 * (1 + 1e-5)).all()
    assert (lengths >= 0.4 * 0.999).all()


def test_report_holds_everything(evaluation: Evaluation, tmp_path: Path) -> None:
    rows = evaluation.run(CELLS)
    report = EvaluationReport.of(evaluation, "jpeg:90", rows, "sesr robustness ...")
    report.save(tmp_path)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["images"] == [str(i) for i in range(COUNT)]
    assert content["versions"]["foolbox"]
    assert len(content["rows"]) == 1 + len(CELLS)
    assert content["rows"][2]["attack"] == {
        "name": "pgd",
        "steps": 5,
        "restarts": 1,
        "eot": 1,
        "norm": "linf",
    }
    assert len(content["rows"][2]["correct"]) == COUNT
    everything = worst_case(rows[1:]).mean()
    assert content["worst_case"] == {f"{EPSILON * 255:.4g}": everything}
    page = (tmp_path / "report.md").read_text()
    assert f"Right on {everything:.1%} at linf 25.5/255 in the worst case" in page
    assert "| gray-box | linf 25.5/255 | PGD-5 |" in page
    assert "sesr robustness ..." in page
    save_curves(report, tmp_path / "curves.png")
    save_examples(evaluation, rows, tmp_path / "examples.png")
    for name in ("curves.png", "examples.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_a_random_defense_is_drawn_once_for_the_examples(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    """What is subtracted has one size, whatever was drawn."""
    other = evaluation.behind(RandomResize(tuple(range(8, 40))))
    save_examples(other, other.run(CELLS[:1]), tmp_path / "examples.png")
    assert (tmp_path / "examples.png").read_bytes().startswith(b"\x89PNG")


def test_several_defenses_are_compared(evaluation: Evaluation) -> None:
    texts = ["none", "bicubic:12", "sesr:M5:y,bicubic:12"]
    found = compare_defenses(evaluation, texts, CELLS[:1])
    assert [one.defense for one in found] == texts
    assert found[2].parameters == 13520
    assert found[2].macs == 13520 * SIDE * SIDE
    table = comparison_table(found)
    assert table.count("\n") == 1 + len(texts)
    assert "| clean | FGSM, gray-box, linf 25.5/255 |" in table
    with pytest.raises(UsageError, match="bicubi"):
        compare_defenses(evaluation, ["none", "bicubi:12"], CELLS[:1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("noise:0.1,random:8+16", "adds the only noise there may be"),
        ("bicubic:12", "was built for 16x16 and its layers do not allow another size"),
    ],
)
def test_a_comparison_refuses_before_any_work(
    text: str, message: str, data: ImageSet, tmp_path: Path
) -> None:
    layers = [keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(CLASSES)]
    classifier = Classifier.of(keras.Sequential(layers))
    evaluation = Evaluation(classifier, Compose([]), data, tmp_path)
    with pytest.raises(UsageError, match=message):
        compare_defenses(evaluation, ["none", text], CELLS[:1])
    assert not (tmp_path / "rows").exists()


def test_the_papers_table_has_every_size_with_and_without_preparation() -> None:
    texts = paper_defenses([224])
    assert len(texts) == len(set(texts))
    for enlarger in ("nearest:x2", "bicubic:x2", "sesr:M5"):
        for ending in ("", ",bicubic:224"):
            assert f"{enlarger}{ending}" in texts
            assert f"jpeg:75,wavelet:0.02,{enlarger}{ending}" in texts
    for text in texts:
        parse_defense(text)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(COUNT) % CLASSES + 1, "label 4 is beyond the 4 classes of 'toy'"),
        ((np.arange(COUNT) + 1) % CLASSES, "no better than guessing: check the order"),
    ],
)
def test_wrong_labels_are_found_before_the_work(
    labels: Any, message: str, data: ImageSet, tmp_path: Path
) -> None:
    wrong = ImageSet.of(data.images, labels)
    with pytest.raises(UsageError, match=message):
        Evaluation(Classifier.of(toy_classifier()), Compose([]), wrong, tmp_path).run(CELLS)


@pytest.mark.parametrize(("right", "refused"), [(11, True), (14, False)])
def test_of_two_classes_more_than_half_is_knowledge(
    right: int, refused: bool, tmp_path: Path
) -> None:
    """With a thousand classes half as much again as chance is none yet."""
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()])
    model.add(keras.layers.Dense(2, kernel_initializer="zeros"))
    model.layers[-1].bias.assign([3.0, 0.0])
    labels = np.array([0] * right + [1] * (20 - right))
    images = np.random.default_rng(0).random((20, 8, 8, 3), np.float32)
    evaluation = Evaluation(
        Classifier.of(model), Compose([]), ImageSet.of(images, labels), tmp_path
    )
    with pytest.raises(UsageError, match="guessing") if refused else nullcontext():
        evaluation.check_better_than_guessing()


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_images_of_more_than_eight_bits_are_refused(mode: str, tmp_path: Path) -> None:
    """They would be read as white."""
    suffix = "png" if mode == "I;16" else "tiff"
    folder, name = tmp_path / "images", f"deep.{suffix}"
    folder.mkdir()
    Image.new(mode, (8, 8)).save(folder / name)
    table = tmp_path / "labels.csv"
    table.write_text(f"image,label\n{name},0\n")
    with pytest.raises(ImageError, match="more than 8 bits a channel"):
        read_image_set(folder, table)


def test_a_table_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    """As spreadsheets write it."""
    folder = tmp_path / "images"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "a.png")
    table = tmp_path / "labels.csv"
    table.write_text("image,label\na.png,3\n", encoding="utf-8-sig")
    assert read_image_set(folder, table).labels.tolist() == [3]


def test_image_sets_are_checked(data: ImageSet) -> None:
    with pytest.raises(UsageError, match="as many names"):
        ImageSet.of(data.images, data.labels, ["a"])
    with pytest.raises(UsageError, match="whole numbers"):
        ImageSet.of(data.images, data.labels[:3])
    part = data.take(slice(3, 5))
    assert part.names == ("3", "4")
    assert part.fingerprint != data.fingerprint


def test_store_counts_what_is_missing(evaluation: Evaluation, tmp_path: Path) -> None:
    store = AdversarialStore(tmp_path / "adversarial", 10)
    target = evaluation._bare
    spec = parse_attack("fgsm")
    assert store.missing(target, spec, EPSILON, evaluation.data) == COUNT
    evaluation.row(CELLS[0])
    assert store.missing(target, spec, EPSILON, evaluation.data) == 0

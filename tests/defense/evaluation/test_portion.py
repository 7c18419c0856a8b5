"""Portions of an evaluation: each as it would be alone, on whichever machine, after whatever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from defense import parse_defense
from defense.attacks import parse_attack, seed_draws
from defense.classifiers import Classifier
from defense.evaluation import AttackPlan, Cell, ComparisonWork, Evaluation, ImageSet, ThreatModel
from defense.evaluation.portion import judging_seed
from defense.evaluation.row import EvaluationRow, join_rows

COUNT, SIDE, BATCH = 10, 16, 4
CELLS = [
    Cell(ThreatModel("gray-box", 0.05), parse_attack("pgd:2")),
    Cell(ThreatModel("adaptive", 0.05), parse_attack("pgd:2")),
]
DRAWING = ("random:9+14", "noise:0.05,bicubic:14")


def evaluate(folder: Path) -> Evaluation:
    """By a classifier that sees edges, so that every size of an image gets other logits."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    shape = [keras.Input((None, None, 3)), layers.Conv2D(8, 3, activation="relu")]
    model = keras.Sequential([*shape, layers.GlobalAveragePooling2D(), layers.Dense(3)], name="toy")
    images = np.random.default_rng(0).random((COUNT, SIDE, SIDE, 3), np.float32)
    labels = model(images).numpy().argmax(axis=1)
    data = ImageSet.of(images, labels)
    return Evaluation(
        Classifier.of(model), parse_defense("none"), data, folder, batch=BATCH, draws=5
    )


def perturbations(folder: Path) -> dict[str, list[bytes]]:
    """All that was added to images, by the names of the files."""
    found = {}
    for path in sorted((folder / "adversarial").iterdir()):
        with np.load(path) as content:
            found[path.name] = [content[name].tobytes() for name in ("steps", "unit")]
    return found


@pytest.mark.parametrize("defense", DRAWING)
def test_a_portion_is_the_same_first_and_last(defense: str, tmp_path: Path) -> None:
    whole = evaluate(tmp_path / "whole").behind(parse_defense(defense))
    rows = [replace(row, seconds=0) for row in whole.run(CELLS)]
    alone = evaluate(tmp_path / "alone")
    for start in (8, 0, 4):
        part = alone.data.take(slice(start, start + BATCH))
        work = ComparisonWork(alone, [defense], CELLS)
        assert not work.is_done(part, start)
        work.make(part, start, alone.folder)
        assert work.is_done(part, start)
    assert perturbations(tmp_path / "alone") == perturbations(tmp_path / "whole")
    joined = alone.behind(parse_defense(defense)).run(CELLS)
    assert [replace(row, seconds=0) for row in joined] == rows


@pytest.mark.parametrize("defense", ("bicubic:14", DRAWING[1]))
def test_survivors_alone_go_on_to_larger_perturbations(defense: str, tmp_path: Path) -> None:
    """What a smaller perturbation fools stays lost, with the image that fooled it."""
    plan = AttackPlan(("pgd:3",), (140.0, 110.0), ("adaptive",), survivors=True)
    large, small = plan.cells()
    evaluation = evaluate(tmp_path).behind(parse_defense(defense))
    clean, first, last = evaluation.run([small, large])
    assert 0 < sum(first.correct) < sum(clean.correct), "or this tells nothing"
    lost = ~np.array(first.correct)
    assert not np.array(last.correct)[lost].any()
    changed = [np.abs(evaluation.adversarial(c) - evaluation.data.images) for c in (small, large)]
    sizes = [change.max(axis=(1, 2, 3)) for change in changed]
    np.testing.assert_array_equal(sizes[0][lost], sizes[1][lost])
    assert (sizes[1][~lost] > 110 / 255).all()
    assert (first.attacked, last.attacked) == (sum(clean.correct), sum(first.correct))
    # Asked for alone, the larger runs the smaller before it.
    alone = evaluate(tmp_path / "alone").behind(parse_defense(defense)).row(large)
    assert alone.correct == last.correct


def test_files_that_save_work_have_what_larger_perturbations_go_on_from(tmp_path: Path) -> None:
    plan = AttackPlan(("pgd:3",), (110.0, 140.0), ("adaptive",), survivors=True)
    small, large = plan.cells()
    here, there = (evaluate(tmp_path / name) for name in ("here", "there"))
    behind = here.behind(parse_defense("bicubic:14"))
    behind.run([small])
    part = here.data.take(slice(0, BATCH))
    (made,) = (
        path
        for path in behind.portion(part, 0).files([small, large])
        if path.parent.name == "adversarial"
    )
    moved = there.folder / made.relative_to(here.folder)
    moved.parent.mkdir(parents=True)
    moved.write_bytes(made.read_bytes())
    portion = there.behind(parse_defense("bicubic:14")).portion(part, 0)
    portion.adversarial(small)
    assert [path.name for path in moved.parent.iterdir()] == [made.name]


def test_every_portion_draws_something_else(tmp_path: Path) -> None:
    """The same images in two places: neither attack nor defense repeats itself."""
    evaluation = evaluate(tmp_path).behind(parse_defense(DRAWING[1]))
    part = evaluation.data.take(slice(0, BATCH))
    for start in (0, BATCH):
        evaluation.portion(part, start).make(CELLS[1:])
    (one, other) = perturbations(tmp_path).values()
    assert one != other


def test_a_random_defense_is_judged_by_draws_that_no_attack_has_met() -> None:
    """A generator of the attack's seed would give them again from its beginning."""
    for seed in (0, 7, 2**31 - 1):
        drawn = []
        for one in (seed, judging_seed(seed)):
            seed_draws(one)
            drawn.append(tf.random.get_global_generator().normal((3,)).numpy())
        assert not np.allclose(*drawn)


def test_rows_are_joined_in_order() -> None:
    one = EvaluationRow(CELLS[1], (True, False, True), None, 2, 0.03, 0.5, 1.0)
    other = EvaluationRow(CELLS[1], (False,), None, 1, 0.05, 0.0, 2.0)
    joined = EvaluationRow(CELLS[1], (True, False, True, False), None, 3, 0.05, 0.375, 3.0)
    assert join_rows(CELLS[1], [one, other]) == joined

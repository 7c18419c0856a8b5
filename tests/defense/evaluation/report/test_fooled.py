"""Pictures of what a defense that draws makes of images, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from defense import Compose, GaussianNoise, parse_defense
from defense.attacks import parse_attack
from defense.evaluation import Cell, Evaluation, ThreatModel
from defense.evaluation.report import figures
from defense.evaluation.report.fooled import fooled_images

CELL = Cell(ThreatModel("gray-box", 0.06), parse_attack("pgd:3"))
NOISE = "noise:0.1,bicubic:8"


@pytest.fixture(name="noisy")
def _noisy(evaluation: Evaluation) -> Evaluation:
    return evaluation.behind(parse_defense(NOISE))


def test_images_of_a_shape_meet_the_same_noise(noisy: Evaluation) -> None:
    """So that what differs behind the noise is what differed before it."""
    alone = noisy.behind(Compose([GaussianNoise(0.05)]))
    images = np.full_like(noisy.data.images, 0.5)
    changed = alone.seen(images + np.float32(0.1)) - alone.seen(images)
    np.testing.assert_allclose(changed, 0.1, atol=1e-6)
    assert np.std(alone.seen(images)) > 0.04


def test_examples_of_a_vote_are_the_same_every_time(noisy: Evaluation, tmp_path: Path) -> None:
    rows = noisy.run([CELL])
    pictures = []
    for name in ("one.png", "other.png"):
        figures.save_examples(noisy, rows, tmp_path / name)
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]
    one, other = fooled_images(noisy, rows), fooled_images(noisy, rows)
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left.images[2], right.images[2])
        assert left.answers == right.answers


def test_what_is_said_of_a_defended_image_is_the_vote(noisy: Evaluation) -> None:
    found = fooled_images(noisy, noisy.run([CELL]))
    assert found
    for one in found:
        answer, share = one.answers[2]
        assert one.votes == noisy.votes == 7
        assert (answer == one.label) == one.saved
        assert round(share * 7, 6) in range(1, 8)


def test_a_change_bounded_by_its_length_is_enlarged_to_be_seen(evaluation: Evaluation) -> None:
    cell = Cell(ThreatModel("gray-box", 1.5, "l2"), parse_attack("pgd:3", "l2"))
    found = fooled_images(evaluation, evaluation.run([cell]))
    assert found
    for one in found:
        assert np.abs(one.difference - 0.5).max() == pytest.approx(0.5, abs=1e-3)

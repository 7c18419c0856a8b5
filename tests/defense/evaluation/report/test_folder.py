"""What a comparison leaves in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from defense import parse_defense
from defense.attacks import parse_attack
from defense.classifiers import Classifier
from defense.evaluation import Cell, Evaluation, ImageSet, ThreatModel, compare_defenses
from defense.evaluation.report import write_comparison, write_search

SIDE, COUNT = 12, 6
NOISE = "noise:0.1,bicubic:8"


@pytest.fixture(name="evaluation")
def _evaluation(tmp_path: Path) -> Evaluation:
    """Images of three classes by their colour."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(3)],
        name="color",
    )
    model.set_weights([20 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32)])
    labels = np.arange(COUNT) % 3
    colors = 0.4 + 0.1 * np.eye(3, dtype=np.float32)[labels]
    images = np.ascontiguousarray(
        np.broadcast_to(colors[:, None, None], (COUNT, SIDE, SIDE, 3)), np.float32
    )
    data = ImageSet.of(images, labels)
    return Evaluation(Classifier.of(model), parse_defense("none"), data, tmp_path, draws=7)


@pytest.mark.parametrize(
    ("write", "name"), [(write_comparison, "compare"), (write_search, "search")]
)
def test_flags_of_votes_are_raised(
    write: Any, name: str, evaluation: Evaluation, tmp_path: Path
) -> None:
    cells = [Cell(ThreatModel("adaptive", 0.05), parse_attack("pgd:2"))]
    found = compare_defenses(evaluation, ["none", NOISE], cells)
    write(evaluation, found, "color", "sesr again", tmp_path)
    plain, noisy = json.loads((tmp_path / f"{name}.json").read_text())["defenses"]
    assert (plain["votes"], noisy["votes"], noisy["sigma"]) == (0, 7, 0.1)
    for flag in ("Only 7 draws vote", "No adaptive attack averages"):
        assert any(text.startswith(flag) for text in noisy["red_flags"])
        assert not any(text.startswith(flag) for text in plain["red_flags"])
    assert "Only 7 draws vote" in (tmp_path / f"{name}.html").read_text()

"""A new attack is one file and one line, and works wherever an attack does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from defense import DefendedClassifier
from defense.attacks import ATTACKS, foolbox_model, parse_attack, run_attack
from defense.attacks.kinds import Kind, own
from sesr.errors import UsageError

FILE = '''
from __future__ import annotations

from typing import Any

from defense.attacks.base import Box, LinfAttack, cross_entropy, loss_and_gradient


class SignDescent(LinfAttack):
    """Whole steps along the sign of the gradient."""

    def __init__(self, steps: int = 3) -> None:
        self.steps = steps

    def perturb(self, model: Any, x: Any, labels: Any, box: Box) -> Any:
        found = x
        for _ in range(self.steps):
            _, _, gradient = loss_and_gradient(model, cross_entropy, found, labels)
            found = box.project(found + box.epsilon * gradient.sign())
        return found
'''


@pytest.fixture(autouse=True)
def _one_file_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sign_descent.py").write_text(FILE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(ATTACKS, "sign", Kind("Sign", own("sign_descent", "SignDescent"), steps=3))


def test_text_finds_it() -> None:
    spec = parse_attack("sign:4", restarts=2, eot=3)
    assert spec.label == "Sign-4 x2 EOT-3"
    with pytest.raises(UsageError, match="did you mean sign"):
        parse_attack("sing")


def test_it_attacks_a_defended_classifier() -> None:
    images = np.random.default_rng(0).uniform(0.4, 0.6, (8, 12, 12, 3)).astype(np.float32)

    def mean_color(x: tf.Tensor) -> tf.Tensor:
        return 50 * tf.reduce_mean(x, axis=(1, 2))

    defended = DefendedClassifier(mean_color, "jpeg:95,bicubic:10")
    labels = np.asarray(defended(images)).argmax(axis=1)
    found = run_attack(foolbox_model(defended), parse_attack("sign"), images, labels, 0.1)
    assert np.abs(found - images).max() <= 0.1 + 1e-6
    assert np.mean(np.asarray(defended(found)).argmax(axis=1) == labels) < 0.5

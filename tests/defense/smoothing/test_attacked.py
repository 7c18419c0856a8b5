"""Attacks on certificates: none may be broken inside its radius."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from defense import DefendedClassifier, Smoothed
from defense.attacks import foolbox_model, parse_attack, run_attack
from defense.batch import ImageBatch

SIDE, SIGMA, COUNT = 8, 0.15, 16


@pytest.fixture(scope="module", name="images")
def _images() -> ImageBatch:
    return np.random.default_rng(4).random((COUNT, SIDE, SIDE, 3), dtype=np.float32)


@pytest.fixture(scope="module", name="toy")
def _toy(images: ImageBatch) -> DefendedClassifier:
    """A network that is not linear and has borders near the images."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(12, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(4),
        ]
    )
    kernel, _ = model.layers[-1].get_weights()
    logits = np.asarray(model(images * 2 - 1))
    model.layers[-1].set_weights([20 * kernel, -20 * logits.mean(axis=0)])
    return DefendedClassifier(model, "none", input_range=(-1, 1))


@pytest.mark.parametrize(("text", "further"), [("apgd:20", 5), ("square:60", 30)])
def test_no_certificate_is_broken_within_its_radius(
    text: str, further: float, toy: DefendedClassifier, images: ImageBatch
) -> None:
    """Attacks on the vote itself, whose noise is not that of the certificate."""
    smoothed = Smoothed(toy, SIGMA, draws=32, seed=0, batch=200)
    found = smoothed.certify(images, n=400, level=0.001)
    certified = np.flatnonzero(found.radii > 0.02)
    assert len(certified) >= 6
    assert len(set(found.answers[certified])) > 1
    spec, model = parse_attack(text, "l2"), foolbox_model(smoothed)
    # Many draws, so that the vote is that of endlessly many.
    voter = Smoothed(toy, SIGMA, draws=1_000, batch=500)

    def broken(factor: float) -> int:
        """Certificates that an attack at so many radii breaks."""
        count = 0
        for index in certified:
            one, radius = slice(index, index + 1), factor * found.radii[index]
            attacked = run_attack(model, spec, images[one], found.answers[one], radius)
            assert np.linalg.norm(attacked - images[one]) <= radius * (1 + 1e-4)
            count += int(voter.vote(attacked)[0] != found.answers[index])
        return count

    assert broken(0.999) == 0
    # Further away it does break them, so that it is an attack; blind it needs more room.
    assert broken(further) >= len(certified) // 3

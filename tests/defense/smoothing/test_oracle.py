"""What a vote tells an attacker without gradients: the same, by whatever answers fastest."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from defense import DefendedClassifier, Smoothed
from defense.attacks import foolbox_model, seed_draws
from defense.batch import ImageBatch
from defense.smoothing import Oracle, QuickAnswer, fast

SIDE = 10


@pytest.fixture(scope="module", name="images")
def _images() -> ImageBatch:
    return np.random.default_rng(0).random((3, SIDE, SIDE, 3), dtype=np.float32)


def vote(defense: str, draws: int) -> Smoothed:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    shape = [keras.Input((None, None, 3)), layers.Conv2D(6, 3, activation="relu")]
    ends = [layers.GlobalAveragePooling2D(), layers.Dense(4), layers.Rescaling(30.0)]
    model = keras.Sequential([*shape, *ends])
    return Smoothed(DefendedClassifier(model, defense), 0.3, draws, seed=1, batch=50)


def asked(oracle: Any, images: ImageBatch, seed: int = 0) -> Any:
    """As an attack asks: compiled, after its seed was set."""
    model = foolbox_model(oracle)
    seed_draws(seed)
    return model(tf.constant(images)).numpy()


def test_it_gives_what_the_vote_gives(images: ImageBatch) -> None:
    smoothed = vote("bicubic:8", 4_000)
    quick = QuickAnswer(smoothed.defended, 1)
    found, expected = asked(Oracle(smoothed, quick), images), asked(smoothed, images)
    assert quick.converted((SIDE, SIDE)) is not None
    np.testing.assert_allclose(np.exp(found), np.exp(expected), atol=0.01)
    spread = np.exp(asked(vote("bicubic:8", 4), images)) - np.exp(expected)
    assert np.abs(spread).max() > 0.03  # so that the draws matter


def test_it_draws_by_the_seed_of_the_attack(images: ImageBatch) -> None:
    smoothed = vote("bicubic:8", 5)
    oracle = Oracle(smoothed, QuickAnswer(smoothed.defended, 1))
    np.testing.assert_array_equal(asked(oracle, images), asked(oracle, images))
    assert not np.array_equal(asked(oracle, images), asked(oracle, images, seed=1))
    assert not np.array_equal(oracle(images), oracle(images))


def test_what_no_file_holds_is_answered_by_the_vote_itself(images: ImageBatch) -> None:
    smoothed = vote("jpeg:75", 5)
    quick = QuickAnswer(smoothed.defended, 1)
    np.testing.assert_array_equal(asked(Oracle(smoothed, quick), images), asked(smoothed, images))
    np.testing.assert_allclose(quick(images), smoothed.defended(images), atol=1e-5)


def test_a_file_that_errs_is_not_asked(images: ImageBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "_is_equal", lambda *_: False)
    smoothed = vote("bicubic:8", 5)
    quick = QuickAnswer(smoothed.defended, 1)
    assert quick.converted((SIDE, SIDE)) is None
    np.testing.assert_allclose(quick(images), smoothed.defended(images), atol=1e-5)

"""Gaussian noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from defense import GaussianNoise, parse_defense
from defense.batch import ImageBatch
from defense.differentiable import as_graph
from sesr.errors import UsageError

GRAY = np.full((2, 64, 64, 3), 0.5, np.float32)


def test_noise_has_its_sigma_in_numpy_and_in_the_graph() -> None:
    for noisy in (GaussianNoise(0.1)(GRAY), as_graph(GaussianNoise(0.1))(tf.constant(GRAY))):
        added = np.asarray(noisy) - GRAY
        assert np.std(added) == pytest.approx(0.1, rel=0.03)
        assert abs(np.mean(added)) < 0.005
        assert not np.allclose(added[0], added[1])


def test_it_is_drawn_anew_unless_a_seed_is_given() -> None:
    compiled = tf.function(as_graph(GaussianNoise(0.1)))
    for draw in (GaussianNoise(0.1), lambda x: compiled(tf.constant(x)).numpy()):
        assert not np.array_equal(draw(GRAY), draw(GRAY))
    seeded = tf.function(as_graph(GaussianNoise(0.1, seed=4)))
    for draw in (GaussianNoise(0.1, seed=4), lambda x: seeded(tf.constant(x)).numpy()):
        np.testing.assert_array_equal(draw(GRAY), draw(GRAY))
    assert not np.array_equal(GaussianNoise(0.1, 4)(GRAY), GaussianNoise(0.1, 5)(GRAY))


def test_sums_stay_images(photos: ImageBatch) -> None:
    noisy = GaussianNoise(0.5, seed=0)(photos)
    assert noisy.dtype == np.float32
    assert noisy.min() == 0
    assert noisy.max() == 1


def test_gradients_pass_where_nothing_is_clipped() -> None:
    x = tf.constant(GRAY)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(as_graph(GaussianNoise(0.01))(x))
    np.testing.assert_array_equal(tape.gradient(total, x), np.ones_like(GRAY))


def test_the_chain_of_the_literature_is_text() -> None:
    text = "noise:0.12,bicubic:112,sesr:M5:rgb,bicubic:224"
    chain = parse_defense(text)
    assert str(chain) == text
    assert chain.transforms[0] == GaussianNoise(0.12)


@pytest.mark.parametrize("text", ["noise:0", "noise:-0.1", "noise:2", "noise:nan"])
def test_wrong_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="sigma of noise must be above 0 and at most 1"):
        parse_defense(text)


@pytest.mark.parametrize("seed", [-1, 0.5, "a"])
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    with pytest.raises(UsageError, match="seed of GaussianNoise"):
        GaussianNoise(0.1, seed)

"""Transforms inside TensorFlow: equal values, and gradients as promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from defense import Jpeg, RandomResize, Transform, WaveletDenoise, parse_defense
from defense.batch import ImageBatch
from defense.differentiable import as_graph
from sesr.errors import UsageError

MakePhotos = Callable[..., ImageBatch]
CHAINS = [
    "bicubic:24",
    "bicubic:80x31",
    "bicubic:x2",
    "nearest:x2",
    "nearest:17x50",
    "sesr:M5:y",
    "jpeg:75",
    "wavelet:0.05",
    "jpeg:75,wavelet:0.02,sesr:M5:y,bicubic:32",
]


@pytest.mark.parametrize("text", CHAINS)
def test_equals_the_transform(text: str, photos: ImageBatch) -> None:
    transform = parse_defense(text)
    inside = tf.function(as_graph(transform))(tf.constant(photos)).numpy()
    np.testing.assert_allclose(inside, transform(photos), atol=5e-6)


@pytest.mark.parametrize("text", [c for c in CHAINS if "jpeg" not in c and "wavelet" not in c])
def test_gradients_are_exact(text: str, noisy_photos: MakePhotos) -> None:
    """Against differences of the NumPy transform along the gradient, where it rises most."""
    photos = (0.25 + 0.5 * noisy_photos(1, 12, 14)).astype(np.float32)
    transform = parse_defense(text)
    weights = np.random.default_rng(0).normal(size=transform(photos).shape).astype(np.float32)
    gradient = gradient_of(as_graph(transform), photos, weights)
    step = 2e-4 * gradient / gradient.std()
    rise = transform(photos + step).astype(np.float64) - transform(photos - step)
    # Half the second difference of a network of ReLUs, whose kinks lie close together.
    tolerance = 0.02 if "sesr" in text else 0.002
    expected = np.sum(gradient * step) * 2
    np.testing.assert_allclose(np.sum(weights * rise), expected, rtol=tolerance)


@pytest.mark.parametrize("transform", [Jpeg(50), WaveletDenoise(0.05)])
def test_straight_through_passes_the_gradient_or_stops_it(
    transform: Transform, photos: ImageBatch
) -> None:
    weights = np.random.default_rng(0).normal(size=photos.shape).astype(np.float32)
    passed = gradient_of(as_graph(transform), photos, weights)
    np.testing.assert_array_equal(passed, weights)
    stopped = gradient_of(as_graph(transform, straight_through=False), photos, weights)
    np.testing.assert_array_equal(stopped, np.zeros_like(weights))


def test_other_callables_run_as_they_are(photos: ImageBatch) -> None:
    inside = tf.function(as_graph(np.flip))(tf.constant(photos))
    np.testing.assert_array_equal(inside, np.flip(photos))


def test_straight_through_needs_one_size(photos: ImageBatch) -> None:
    halve = as_graph(lambda images: images[:, ::2])
    with pytest.raises(Exception, match=r"keeps the size.*straight_through=False"):
        halve(tf.constant(photos))


def test_a_random_size_is_drawn_at_every_run(photos: ImageBatch) -> None:
    compiled = tf.function(as_graph(RandomResize((20, 30))))
    tf.random.set_seed(0)
    sizes = {compiled(tf.constant(photos)).shape[1] for _ in range(20)}
    assert sizes == {20, 30}
    assert {RandomResize((20, 30))(photos).shape[1] for _ in range(50)} == {20, 30}


@pytest.mark.parametrize("sizes", [(), (20,), (20, 0), (20, 2.5)])
def test_random_sizes_are_checked(sizes: Any) -> None:
    with pytest.raises(UsageError, match="sizes of RandomResize"):
        RandomResize(sizes)


def gradient_of(function: Any, images: ImageBatch, weights: Any) -> Any:
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(function(x) * weights)
    return tape.gradient(total, x).numpy()

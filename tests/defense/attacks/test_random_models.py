"""Attacks on models that draw something."""

from __future__ import annotations

from typing import Any

import eagerpy as ep
import keras
import numpy as np
import tensorflow as tf

from defense import DefendedClassifier
from defense.attacks import (
    APGD,
    ExpectationOverTransformation,
    cross_entropy,
    foolbox_model,
    loss_and_gradient,
    parse_attack,
    run_attack,
)
from defense.attacks.eot import _Mean


def test_expectation_averages_the_runs_of_a_random_model() -> None:
    """One run of this model points anywhere; the mean points at the true slope."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(192, 2)).astype(np.float32)
    images = rng.uniform(0.3, 0.7, (10, 8, 8, 3)).astype(np.float32)

    def noisy(x: Any) -> Any:
        jitter = tf.random.normal(weights.shape, stddev=3.0)
        # Scaled so that few draws are sure: those have no gradient of probabilities.
        return 0.05 * tf.matmul(tf.reshape(x, (-1, 192)), weights + jitter)

    labels = (images.reshape(10, -1) @ weights).argmax(axis=1)
    slope = np.sign(weights[:, 1] - weights[:, 0])
    agreement = []
    for eot in (1, 40):
        spec = parse_attack("fgsm", eot=eot)
        step = run_attack(foolbox_model(noisy), spec, images, labels, 0.1) - images
        towards = slope * np.where(labels, -1, 1)[:, np.newaxis]
        agreement.append(np.mean(np.sign(step).reshape(10, -1) == towards))
    assert agreement[1] > agreement[0] + 0.1


def test_an_expectation_has_the_gradient_of_what_it_averages() -> None:
    """Of a network with weights, as others have none that a tape could stumble over."""
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()]
    network = keras.Sequential([*layers, keras.layers.Dense(3)])
    model = foolbox_model(DefendedClassifier(network, "none"))
    images = ep.astensor(tf.random.stateless_uniform((2, 8, 8, 3), (0, 1)))
    labels = ep.astensor(tf.constant([0, 2]))
    _, logits, gradient = loss_and_gradient(_Mean(model, 3), cross_entropy, images, labels)
    _, right, expected = loss_and_gradient(model, cross_entropy, images, labels)
    np.testing.assert_allclose(logits.numpy(), tf.nn.log_softmax(right.raw), atol=1e-5)
    np.testing.assert_allclose(gradient.numpy(), expected.numpy(), atol=1e-6)


class Wavering:
    """Class 0 to most draws, and class 1 with a far larger logit to one of four."""

    def __init__(self) -> None:
        self.draw = tf.Variable(0, trainable=False)

    def __call__(self, images: Any) -> Any:
        turned = tf.equal(self.draw.assign_add(1) % 4, 0)
        lead = tf.where(turned, -100.0, 5.0) * tf.reduce_mean(images, axis=(1, 2, 3))
        return tf.stack([lead, tf.zeros_like(lead)], axis=1)


def test_an_expectation_is_that_of_probabilities() -> None:
    """A single draw that is sure counts for one draw, as in a vote; of logits it would decide."""
    model = _Mean(foolbox_model(Wavering()), 4)
    (found,) = model(tf.ones((1, 8, 8, 3))).numpy()
    share = 0.75 / (1 + np.exp(-5))
    np.testing.assert_allclose(np.exp(found), [share, 1 - share], atol=1e-5)


class OneAfterTheOther(APGD):
    """A dim image first, which fools one draw of four, and then a black one, which fools all."""

    def perturb(self, model: Any, x: Any, labels: Any, box: Any) -> Any:
        self.steps -= 1
        return 0.5 * x if self.steps else 0 * x


def test_restarts_on_a_random_model_are_judged_by_the_mean() -> None:
    def darkness(images: Any) -> Any:
        light = tf.reduce_mean(images, axis=(1, 2, 3))
        lead = 100 * (light - tf.random.uniform(tf.shape(light), 0, 0.6))
        return tf.stack([lead, -lead], axis=1)

    attack = ExpectationOverTransformation(OneAfterTheOther(2).repeat(2), 40)
    images, labels = tf.ones((50, 8, 8, 3)), tf.zeros(50, tf.int64)
    tf.random.set_seed(0)
    _, found, fooled = attack(foolbox_model(darkness), images, labels, epsilons=1.0)
    assert fooled.numpy().all()
    assert found.numpy().max() == 0

"""Our APGD and Square beside those of the Adversarial Robustness Toolbox."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from defense.attacks import foolbox_model, parse_attack, run_attack
from defense.batch import ImageBatch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]

COUNT, SIDE, CLASSES = 400, 16, 6


@pytest.fixture(scope="module", name="classifier")
def _classifier() -> keras.Model:
    """A network that is not linear; what it says of clean images counts as right."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(CLASSES, kernel_initializer="random_normal"),
            layers.Rescaling(100.0),
        ]
    )


@pytest.fixture(scope="module", name="images")
def _images() -> ImageBatch:
    return np.random.default_rng(0).random((COUNT, SIDE, SIDE, 3), dtype=np.float32)


@pytest.mark.parametrize(
    ("text", "norm", "epsilon"),
    [("apgd:20", "linf", 0.01), ("square:300", "linf", 0.02), ("square:300", "l2", 0.3)],
)
def test_robust_accuracy_is_the_same_within_two_points(
    text: str, norm: str, epsilon: float, classifier: keras.Model, images: ImageBatch
) -> None:
    attacks = pytest.importorskip("art.attacks.evasion")
    estimators = pytest.importorskip("art.estimators.classification")
    labels = np.asarray(classifier(images)).argmax(axis=1)

    def accuracy(perturbed: Any) -> float:
        change = (perturbed - images).reshape(COUNT, -1)
        order = np.inf if norm == "linf" else 2
        assert np.linalg.norm(change, order, axis=1).max() <= epsilon * (1 + 1e-4)
        return float(np.mean(np.asarray(classifier(perturbed)).argmax(axis=1) == labels))

    spec = parse_attack(text, norm)
    ours = accuracy(run_attack(foolbox_model(classifier), spec, images, labels, epsilon))
    estimator = estimators.TensorFlowV2Classifier(
        model=classifier,
        nb_classes=CLASSES,
        input_shape=(SIDE, SIDE, 3),
        loss_object=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1),
    )
    if spec.name == "apgd":
        attack = attacks.AutoProjectedGradientDescent(
            estimator,
            eps=epsilon,
            eps_step=2 * epsilon,
            max_iter=spec.steps,
            nb_random_init=1,
            batch_size=COUNT,
            loss_type=None,
            verbose=False,
        )
    else:
        attack = attacks.SquareAttack(
            estimator,
            norm=np.inf if norm == "linf" else 2,
            eps=epsilon,
            max_iter=spec.steps,
            p_init=0.8,
            nb_restarts=1,
            batch_size=COUNT,
            verbose=False,
        )
    theirs = accuracy(attack.generate(images, labels))
    assert 0.1 < theirs < 0.9
    assert abs(ours - theirs) <= 0.02

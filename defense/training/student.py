"""A defense whose network is being trained, in front of its classifier."""

from __future__ import annotations

from typing import Any

import keras

from defense.classifiers import Classifier
from defense.differentiable import as_graph
from defense.transforms import GaussianNoise
from defense.transforms.compose import Compose
from defense.transforms.super_resolve import SuperResolve
from sesr.errors import UsageError
from sesr.network.build import build_network
from sesr.network.load import load_network
from sesr.training.start.transfer import transfer_weights


class Student:
    """A defense with a network in the place of the one that its text names.

    The classifier is asked as it is, in inference; nothing of it is trained.

    Args:
        defense: with one network for RGB.
        network: takes that one's place; gradients reach its weights.
        classifier: its model takes images of the size that the defense puts out.

    Raises:
        UsageError: the defense holds no network for RGB, or several.

    Attributes:
        network: that is trained.
        classifier: that stays as it is.
    """

    def __init__(self, defense: Compose, network: keras.Model, classifier: Classifier) -> None:
        self.network = network
        position = network_position(defense)
        stages = defense.transforms
        self._before = as_graph(Compose(stages[:position]))
        self._after = as_graph(Compose(stages[position + 1 :]))
        self.classifier = classifier

    def __call__(self, images: Any) -> Any:
        """Logits (N, classes) of images (N, H, W, 3) in [0, 1]."""
        return self.answer(self.show(images))

    def show(self, images: Any) -> Any:
        """What the defense makes of images (N, H, W, 3) for the classifier."""
        return self._after(self.network(self._before(images), training=True))

    def answer(self, shown: Any) -> Any:
        """The classifier's logits (N, classes) of what the defense shows it."""
        low, high = self.classifier.input_range
        scaled = shown * (high - low) + low
        if isinstance(self.classifier.model, keras.Model):
            return self.classifier.model(scaled, training=False)
        return self.classifier.model(scaled)


def network_position(defense: Compose) -> int:
    """Which stage of a defense is its network.

    Raises:
        UsageError: none is, or several are, or it is not for RGB, or noise is part of the defense.
    """
    noises = [stage for stage in defense.transforms if isinstance(stage, GaussianNoise)]
    if noises:
        raise UsageError(
            f"the noise of a training comes from its own settings; received {noises[0]} in the "
            "defense to train: take it out and give smoothed and sigmas"
        )
    found = [i for i, s in enumerate(defense.transforms) if isinstance(s, SuperResolve)]
    if len(found) != 1:
        raise UsageError(
            f"the defense to train needs one SESR network, as in sesr:M2:rgb,bicubic:208; "
            f"received {len(found)} of them in {defense!r}"
        )
    stage = defense.transforms[found[0]]
    if isinstance(stage, SuperResolve) and stage.channels != 3:
        raise UsageError(
            f"the network of the defense to train must be for RGB; received {stage!r}: "
            f"write sesr:{stage.model}:rgb"
        )
    return found[0]


def network_stage(defense: Compose) -> SuperResolve:
    """The stage of a defense that is its network.

    Raises:
        UsageError: none is, or several are, or it is not for RGB.
    """
    stage = defense.transforms[network_position(defense)]
    assert isinstance(stage, SuperResolve)  # noqa: S101 - tells the type checker
    return stage


def trainable_network(stage: SuperResolve, dtype: str = "float32") -> keras.Model:
    """The expanded network of a stage with its trained weights, to train on."""
    card = stage.trained.card
    network = build_network(card.variant, card.scale, card.channels, card.activation, dtype=dtype)
    transfer_weights(load_network(stage.trained.keras), network)
    return network

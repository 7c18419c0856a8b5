"""A defense whose network is being trained, in front of its classifier."""

from __future__ import annotations

from typing import Any

import keras

from defense.classifiers import Classifier
from defense.differentiable import as_graph
from defense.parse import parse_defense
from defense.training.config import DefenseConfig
from defense.transforms import GaussianNoise, answer_of, answers_a_draw
from defense.transforms.compose import Compose
from defense.transforms.super_resolve import SuperResolve
from sesr.catalog.card import ModelCard, file_sha256
from sesr.catalog.networks import get_variant
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
    """

    def __init__(self, defense: Compose, network: keras.Model, classifier: Classifier) -> None:
        self.network = network
        position = network_position(defense)
        stages = defense.transforms
        self._before = as_graph(Compose(stages[:position]))
        self._after = as_graph(Compose(stages[position + 1 :]))
        self._classifier = classifier
        self._answers = answers_a_draw(defense)
        self._viewed: keras.Model | None = None

    def __call__(self, images: Any) -> Any:
        """Logits (N, classes) of images (N, H, W, 3) in [0, 1]."""
        return self.answer(self.show(images))

    def show(self, images: Any) -> Any:
        """What the defense makes of images (N, H, W, 3) for the classifier."""
        return self._after(self.network(self._before(images), training=True))

    def answer(self, shown: Any) -> Any:
        """The classifier's logits (N, classes) of what the defense shows it."""
        return answer_of(self._classifier.model, self._scaled(shown), self._answers)

    def features(self, shown: Any) -> tuple[Any, list[Any]]:
        """The same logits, and the maps (N, h, w, channels) of the images, one of each size.

        An answer is about a whole photograph, a map has one for every place, so that a network
        learns more from a step.

        Raises:
            UsageError: the classifier is no Keras model of layers, or has no maps.

        Reference: J. Johnson et al., "Perceptual Losses for Real-Time Style Transfer and
        Super-Resolution", ECCV 2016.
        """
        viewed = self._viewed = self._viewed or _with_maps(self._classifier)
        seen: list[Any] = []

        def ask(images: Any) -> Any:
            logits, *maps = viewed(images, training=False)
            seen.extend(maps)
            return logits

        logits = answer_of(ask, self._scaled(shown), self._answers)
        # Those of mirror images, where it was asked about them, come last.
        return logits, [maps[: keras.ops.shape(shown)[0]] for maps in seen]

    def _scaled(self, shown: Any) -> Any:
        low, high = self._classifier.input_range
        return shown * (high - low) + low


def _with_maps(classifier: Classifier) -> keras.Model:
    """A classifier that also puts out what each layer gets that shrinks a map, or ends it."""
    model: Any = classifier.model
    layers = model.layers if isinstance(model, keras.Model) else []
    inputs = [layer.input for layer in layers if _shrinks(layer)]
    maps = [tensor for tensor in inputs if tensor is not model.input]
    if not maps:
        raise UsageError(
            f"features need a Keras classifier that shrinks its maps; received "
            f"{classifier.name!r}: take features 0"
        )
    return keras.Model(model.input, [model.output, *maps])


def _shrinks(layer: Any) -> bool:
    strides = getattr(layer, "strides", 1)
    strided = max(strides) > 1 if isinstance(strides, tuple | list) else strides > 1
    return strided or "Global" in type(layer).__name__


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


def network_card(config: DefenseConfig) -> ModelCard:
    """What the network of a training is: a fresh one, or that of its defense.

    Raises:
        UsageError: a fresh network does not enlarge as the defense needs it.
    """
    card = network_stage(parse_defense(config.defense)).trained.card
    if not config.fresh:
        return ModelCard.describe(card.variant, card.scale, card.channels, card.activation)
    spec = get_variant(config.fresh)
    if card.scale not in spec.scales:
        raise UsageError(
            f"fresh {config.fresh} is for x{' and x'.join(map(str, spec.scales))}, and the network "
            f"of {config.defense!r} for x{card.scale}: name one of the same scale there"
        )
    return ModelCard.describe(spec.name, card.scale, card.channels, "relu")


def start_digest(config: DefenseConfig) -> str:
    """SHA-256 of the file that a training starts from; empty for a fresh network."""
    if config.fresh:
        return ""
    return file_sha256(network_stage(parse_defense(config.defense)).trained.keras)


def trainable_network(config: DefenseConfig, dtype: str = "float32") -> keras.Model:
    """The expanded network to train, with its trained weights unless a fresh one is asked for.

    A fresh one begins by leaving images as they are.
    """
    card = network_card(config)
    if config.fresh:
        keras.utils.set_random_seed(config.seed)
    network = build_network(card.variant, card.scale, card.channels, card.activation, dtype=dtype)
    if config.fresh:
        for weight in network.get_layer("last_block").weights:
            if weight.name == "project_kernel":
                weight.assign(weight * 0)
    else:
        start = network_stage(parse_defense(config.defense)).trained
        transfer_weights(load_network(start.keras), network)
    return network

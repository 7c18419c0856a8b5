"""The classifiers that have a name: networks of `keras.applications` as makers of logits."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sesr.errors import ModelError, UsageError, did_you_mean, first_line

_SIGNED = (-1.0, 1.0)
_SHIPPED_CLASSES = 10


@dataclass(frozen=True, slots=True)
class Application:
    """A network of `keras.applications`.

    Attributes:
        builder: its name there.
        module: where its `preprocess_input` is.
        native_range: values for black and white, unless an argument changes them.
        preprocess: whether `preprocess_input` does more than bring pixels to a range.
        arguments: for the builder.
        own_side: of the images that it is for, in pixels, where that is not the usual one.
    """

    builder: str
    module: str
    native_range: tuple[float, float] = (0.0, 255.0)
    preprocess: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    own_side: int | None = None

    @property
    def input_range(self) -> tuple[float, float]:
        """Values for black and white."""
        signed = self.arguments.get("include_preprocessing") is False
        return _SIGNED if signed else self.native_range

    @property
    def signed(self) -> bool:
        """Whether it takes pixel / 127.5 - 1 and nothing else."""
        return self.input_range == _SIGNED and not self.preprocess

    def build(self, weights: str | None, side: int | None = None, name: str | None = None) -> Any:
        """The Keras network, from images in `input_range` to logits.

        Args:
            weights: a weights file, "imagenet", which downloads them, or None for random ones.
            side: of the image in pixels; without, the one that it was trained for.
            name: of the model; without, the one of Keras.

        Raises:
            UsageError: an argument is wrong.
            ModelError: the weights cannot be had, or are of another network.
        """
        import keras

        check_weights_file(weights)
        options = dict(self.arguments) | ({"input_shape": (side, side, 3)} if side else {})
        options |= {"name": name} if name else {}
        try:
            with warnings.catch_warnings():
                # Keras points out that weights were trained at another size.
                warnings.simplefilter("ignore")
                build = getattr(keras.applications, self.builder)
                model = build(weights=weights, classifier_activation=None, **options)
        except TypeError as error:
            raise UsageError(
                f"classifier {self.builder} has a wrong argument ({first_line(error)})"
            ) from error
        except Exception as error:
            raise ModelError(
                f"{weights}: weights of {self.builder} cannot be loaded ({first_line(error)}); "
                "give a fitting file"
            ) from error
        return self._prepared(model) if self.preprocess else model

    def _prepared(self, model: Any) -> Any:
        """The network behind the preparation that it was trained with."""
        import keras

        module = getattr(keras.applications, self.module)
        images = keras.Input(model.input_shape[1:])
        return keras.Model(images, model(module.preprocess_input(images)), name=model.name)


@dataclass(frozen=True, slots=True)
class ShippedClassifier(Application):
    """A network of this package, whose weights come with it."""

    def build(self, weights: str | None, side: int | None = None, name: str | None = None) -> Any:
        """As `Application.build`; for "imagenet" stand the weights of the package."""
        from sesr.classifiers import build_classifier, collapse, load_shipped

        check_weights_file(weights)
        if weights not in (None, "imagenet"):
            raise UsageError(
                f"{self.builder} has its weights with it; for others give the .keras file of a run "
                "as the classifier"
            )
        if weights is None:
            return collapse(build_classifier(self.builder, _SHIPPED_CLASSES, side))
        model = load_shipped(self.builder)
        return model if side is None else _of_size(model, side)


def _of_size(model: Any, side: int) -> Any:
    import keras

    from defense.classifiers.sizes import any_size

    image, rebuilt = keras.Input((side, side, 3)), any_size(model)
    if rebuilt is None:
        raise UsageError(f"{model.name} cannot be rebuilt for {side}x{side} pixels")
    return keras.Model(image, rebuilt(image), name=model.name)


APPLICATIONS = {
    "convnext_tiny": Application("ConvNeXtTiny", "convnext"),
    "densenet121": Application("DenseNet121", "densenet", preprocess=True),
    "efficientnet_b0": Application("EfficientNetB0", "efficientnet"),
    "efficientnet_v2_b0": Application("EfficientNetV2B0", "efficientnet_v2"),
    "inception_v3": Application("InceptionV3", "inception_v3", _SIGNED),
    "mobilenet": Application("MobileNet", "mobilenet", _SIGNED),
    "mobilenet_v1_075": Application("MobileNet", "mobilenet", _SIGNED, arguments={"alpha": 0.75}),
    "mobilenet_v2": Application("MobileNetV2", "mobilenet_v2", _SIGNED),
    "mobilenet_v3_large": Application("MobileNetV3Large", "mobilenet_v3"),
    "mobilenet_v3_minimalistic": Application(
        "MobileNetV3Large",
        "mobilenet_v3",
        arguments={"minimalistic": True, "include_preprocessing": False},
    ),
    "mobilenet_v3_small": Application("MobileNetV3Small", "mobilenet_v3"),
    "ran_e_small": ShippedClassifier("ran_e_small", "", _SIGNED, own_side=32),
    "resnet50": Application("ResNet50", "resnet", preprocess=True),
    "resnet50_v2": Application("ResNet50V2", "resnet_v2", _SIGNED),
    "vgg16": Application("VGG16", "vgg16", preprocess=True),
    "xception": Application("Xception", "xception", _SIGNED),
}
"""The networks by name; a new one is one more line."""


def find_application(text: str) -> Application:
    """A network by its name, with arguments for its builder after a colon.

    Args:
        text: such as "mobilenet_v2" or "mobilenet:alpha=0.75".

    Raises:
        UsageError: unknown name (the message gives the nearest), or arguments that cannot be
            read.

    Example:
        >>> dict(find_application("mobilenet:alpha=0.75").arguments)
        {'alpha': 0.75}
        >>> find_application("mobilnet_v2")
        Traceback (most recent call last):
        sesr.errors.UsageError: unknown classifier 'mobilnet_v2': did you mean mobilenet_v2? ...
    """
    name, _, arguments = text.partition(":")
    check_name(name, APPLICATIONS)
    own = APPLICATIONS[name]
    return replace(own, arguments={**own.arguments, **_read_arguments(arguments)})


def signed_applications() -> list[str]:
    """The names of networks that take pixel / 127.5 - 1, as int8 networks do."""
    return [name for name, application in APPLICATIONS.items() if application.signed]


def check_name(name: str, known: Collection[str]) -> None:
    """Refuse a classifier that is not among those known.

    Raises:
        UsageError: the message gives the nearest.
    """
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(
            f"unknown classifier {name!r}: {hint}the classifiers are {', '.join(known)}"
        )


def check_weights_file(weights: str | None) -> None:
    """Refuse weights that are nowhere, before any work is done.

    Raises:
        ModelError: neither a file nor "imagenet".
    """
    if weights not in (None, "imagenet") and not Path(weights).is_file():
        raise ModelError(f"{weights}: no such weights file; give one, or imagenet")


def _read_arguments(text: str) -> dict[str, Any]:
    """Read "alpha=0.75,minimalistic=true"."""
    found: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"argument {part!r} of a classifier must be name=value")
        found[key.strip()] = _value(value.strip())
    return found


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text

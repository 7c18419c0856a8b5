"""Classifiers to evaluate: those of `keras.applications` by name, and `.keras` files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defense.classifiers.logits import without_softmax
from sesr.errors import ModelError, UsageError, did_you_mean, first_line


@dataclass(frozen=True, slots=True)
class Classifier:
    """A classifier, and what an evaluation has to know of it.

    Attributes:
        name: for reports.
        model: Keras model, or another callable, from images in `input_range` to logits.
        input_range: values for black and white.
        fingerprint: of the weights; results are kept under it.
        gradients: whether attacks can have gradients of it.
    """

    name: str
    model: Any
    input_range: tuple[float, float]
    fingerprint: str
    gradients: bool = True

    @classmethod
    def of(
        cls, model: Any, input_range: tuple[float, float] = (0.0, 1.0), name: str = ""
    ) -> Classifier:
        """Describe a Keras model, or a callable that has a name of its own.

        Raises:
            UsageError: a callable without a name, so that its results could not be told from
                another one's.
        """
        name = name or getattr(model, "name", "")
        if not name:
            raise UsageError("a classifier that is no Keras model needs a name: pass name=...")
        return cls(name, model, input_range, fingerprint_of(model, name))


def fingerprint_of(model: Any, name: str) -> str:
    """SHA-256 of a Keras model's weights, or of the name of another callable."""
    digest = hashlib.sha256(name.encode())
    for values in model.get_weights() if hasattr(model, "get_weights") else []:
        digest.update(values.tobytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Application:
    """A network of `keras.applications`.

    Attributes:
        builder: its name there.
        module: where its `preprocess_input` is.
        input_range: values for black and white.
        preprocess: whether `preprocess_input` does more than bring pixels to a range.
    """

    builder: str
    module: str
    input_range: tuple[float, float] = (0.0, 255.0)
    preprocess: bool = False


SIGNED = (-1.0, 1.0)
APPLICATIONS = {
    "convnext_tiny": Application("ConvNeXtTiny", "convnext"),
    "densenet121": Application("DenseNet121", "densenet", preprocess=True),
    "efficientnet_b0": Application("EfficientNetB0", "efficientnet"),
    "efficientnet_v2_b0": Application("EfficientNetV2B0", "efficientnet_v2"),
    "inception_v3": Application("InceptionV3", "inception_v3", SIGNED),
    "mobilenet": Application("MobileNet", "mobilenet", SIGNED),
    "mobilenet_v2": Application("MobileNetV2", "mobilenet_v2", SIGNED),
    "mobilenet_v3_large": Application("MobileNetV3Large", "mobilenet_v3"),
    "mobilenet_v3_small": Application("MobileNetV3Small", "mobilenet_v3"),
    "resnet50": Application("ResNet50", "resnet", preprocess=True),
    "resnet50_v2": Application("ResNet50V2", "resnet_v2", SIGNED),
    "vgg16": Application("VGG16", "vgg16", preprocess=True),
    "xception": Application("Xception", "xception", SIGNED),
}
"""The networks by name; a new one is one more line."""


def load_classifier(
    text: str,
    weights: Path | None = None,
    input_range: tuple[float, float] | None = None,
) -> Classifier:
    """Load a classifier that returns logits.

    Args:
        text: a name of `APPLICATIONS`, with arguments for its builder after a colon, as in
            "mobilenet:alpha=0.75", or the path of a `.keras` or `.tflite` file; the latter has
            no gradients. A softmax at the end of a `.keras` file is taken off.
        weights: a weights file for a named network; without, those that Keras downloads.
        input_range: for a file, values for black and white; (0, 1) if left out.

    Raises:
        UsageError: unknown name (the message gives the nearest), wrong arguments, or an option
            that does not belong to this kind of classifier.
        ModelError: the file or the download cannot be had.

    Example:
        >>> load_classifier("mobilnet_v2")
        Traceback (most recent call last):
        sesr.errors.UsageError: unknown classifier 'mobilnet_v2': did you mean mobilenet_v2? ...
    """
    if Path(text).suffix in (".keras", ".tflite"):
        if weights is not None:
            raise UsageError(f"{text}: this file holds its weights; leave --weights out")
        read = _from_file if Path(text).suffix == ".keras" else _from_litert
        return read(Path(text), input_range or (0.0, 1.0))
    name, _, arguments = text.partition(":")
    application = APPLICATIONS.get(name)
    if application is None:
        hint = did_you_mean(name, APPLICATIONS)
        raise UsageError(
            f"unknown classifier {name!r}: {hint}give a .keras file or one of "
            f"{', '.join(APPLICATIONS)}"
        )
    if input_range is not None:
        raise UsageError(f"classifier {name!r} has an input range of its own; leave it out")
    return _from_applications(text, application, parse_arguments(arguments), weights)


def _from_file(path: Path, input_range: tuple[float, float]) -> Classifier:
    import keras

    if not path.is_file():
        raise ModelError(f"{path}: no such model file")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ModelError(f"{path}: not a readable .keras model ({first_line(error)})") from error
    return Classifier.of(without_softmax(model), input_range, path.stem)


def _from_litert(path: Path, input_range: tuple[float, float]) -> Classifier:
    from defense.classifiers.tflite import TFLiteClassifier

    model = TFLiteClassifier(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return Classifier(path.stem, model, input_range, digest, gradients=False)


def _from_applications(
    text: str, application: Application, arguments: dict[str, Any], weights: Path | None
) -> Classifier:
    import keras

    if weights is not None and not weights.is_file():
        raise ModelError(f"{weights}: no such weights file")
    builder = getattr(keras.applications, application.builder)
    source = str(weights) if weights else "imagenet"
    try:
        model = builder(weights=source, classifier_activation=None, **arguments)
    except TypeError as error:
        raise UsageError(f"classifier {text!r} has a wrong argument ({error})") from error
    except Exception as error:
        raise ModelError(
            f"{source}: weights of {text!r} cannot be loaded ({first_line(error)}); "
            "give a fitting file with --weights"
        ) from error
    if application.preprocess:
        model = _with_preprocessing(model, application)
    signed = arguments.get("include_preprocessing") is False
    return Classifier.of(model, SIGNED if signed else application.input_range, text)


def _with_preprocessing(model: Any, application: Application) -> Any:
    """The network behind the preparation that it was trained with."""
    import keras

    module = getattr(keras.applications, application.module)
    images = keras.Input(model.input_shape[1:])
    return keras.Model(images, model(module.preprocess_input(images)), name=model.name)


def parse_arguments(text: str) -> dict[str, Any]:
    """Read "alpha=0.75,minimalistic=true".

    Raises:
        UsageError: not made of name=value.

    Example:
        >>> parse_arguments("alpha=0.75,minimalistic=true")
        {'alpha': 0.75, 'minimalistic': True}
    """
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

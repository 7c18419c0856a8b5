"""Classifiers to evaluate: those that have a name, and files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defense.classifiers.applications import find_application
from defense.classifiers.logits import without_softmax
from sesr.errors import ModelError, UsageError, first_line


@dataclass(frozen=True, slots=True)
class Classifier:
    """A classifier, and what an evaluation has to know of it.

    Attributes:
        name: for reports.
        model: Keras model, or another callable, from images in `input_range` to logits.
        input_range: values for black and white.
        fingerprint: of the weights and of a file's input range; results are kept under it.
        gradients: whether attacks can have gradients of it.
    """

    name: str
    model: Any
    input_range: tuple[float, float]
    fingerprint: str
    gradients: bool = True

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of the images that it was built for; None where it takes any."""
        from defense.classifiers.sizes import fixed_size
        from defense.classifiers.tflite import TFLiteClassifier

        own = isinstance(self.model, TFLiteClassifier)
        return self.model.size if own else fixed_size(self.model)

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
        return cls(name, model, input_range, _fingerprint(model, _described(name, input_range)))


def load_classifier(
    text: str,
    weights: Path | None = None,
    input_range: tuple[float, float] | None = None,
) -> Classifier:
    """Load a classifier that returns logits.

    Args:
        text: a name as `find_application` reads it, such as "mobilenet:alpha=0.75", or the path
            of a `.keras` or `.tflite` file; the latter has no gradients. A softmax at the end of
            a `.keras` file is taken off.
        weights: a weights file for a named network; without, those that Keras downloads.
        input_range: for a file, values for black and white; (0, 1) if left out.

    Raises:
        UsageError: unknown name (the message gives the nearest), wrong arguments, or an option
            that does not belong to this kind of classifier.
        ModelError: the file or the download cannot be had.
    """
    if Path(text).suffix in (".keras", ".tflite"):
        if weights is not None:
            raise UsageError(f"{text}: this file holds its weights; leave --weights out")
        read = _from_keras if Path(text).suffix == ".keras" else _from_litert
        return read(Path(text), input_range or (0.0, 1.0))
    application = find_application(text)
    if input_range is not None:
        raise UsageError(f"classifier {text!r} has an input range of its own; leave it out")
    model = application.build(str(weights) if weights else "imagenet")
    return Classifier.of(model, application.input_range, text)


def _from_keras(path: Path, input_range: tuple[float, float]) -> Classifier:
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
    digest = hashlib.sha256(path.read_bytes())
    digest.update(_described("", input_range).encode())
    return Classifier(path.stem, model, input_range, digest.hexdigest()[:16], gradients=False)


def _described(name: str, input_range: tuple[float, float]) -> str:
    """The name, and the range unless it is the usual one: another range makes other answers."""
    low, high = input_range
    return name if (low, high) == (0, 1) else f"{name} {low:g} {high:g}"


def _fingerprint(model: Any, described: str) -> str:
    """SHA-256 of a text and a Keras model's weights; of the text alone for another callable."""
    digest = hashlib.sha256(described.encode())
    for values in model.get_weights() if hasattr(model, "get_weights") else []:
        digest.update(values.tobytes())
    return digest.hexdigest()[:16]

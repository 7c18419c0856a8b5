"""A classifier behind its defense, as one Keras model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from defense.classifiers import Classifier, any_size, fixed_size, refuse_softmax
from defense.differentiable import as_graph
from defense.presets import DEFAULT, find_defense
from defense.transforms.base import Transform
from defense.transforms.compose import Compose
from defense.transforms.mirrored import answer_of, answers_a_draw
from sesr.classifiers import fold_batch_norms
from sesr.errors import UsageError


class DefendedClassifier(keras.Model):
    """A classifier with a defense in front of it.

    Works wherever a Keras model does: `predict`, foolbox, the Adversarial Robustness Toolbox.
    The classifier stays as it is; one that was built for a fixed size is rebuilt, with copied
    weights, for the size that the defense puts out.

    Gradients are exact through super resolution and resizing. JPEG and wavelet denoising have
    no useful gradient: it passes them unchanged (straight-through, BPDA), so that an attack on
    this model is one by somebody who knows the defense.

    Args:
        classifier: a Keras model, or any callable from a float32 tensor (N, H, W, 3) to logits
            (N, classes).
        defense: a transform, the name of one in `defense.presets`, or stages as text for
            `parse_defense`; by default `defense.presets.DEFAULT`. "none" and an empty `Compose`
            leave the classifier undefended.
        input_range: values that the classifier expects for black and white, for example
            (-1, 1) for MobileNetV2. Images come in as [0, 1] and are brought there.
        straight_through: False stops gradients at JPEG and wavelets, for comparison only.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: logits (N, classes).

    Raises:
        UsageError: the classifier ends in a softmax, takes no RGB images, or is of fixed size
            and the defense puts out another one (at the first call).

    Example:
        >>> small = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(4, 3),
        ...     keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10)])
        >>> defended = DefendedClassifier(small, "jpeg:75,bicubic:48", input_range=(-1, 1))
        >>> tuple(defended(tf.zeros((2, 32, 32, 3))).shape)
        (2, 10)

    Reference: "Super-Efficient Super Resolution for Fast Adversarial Defense at the Edge",
    DATE 2022.
    """

    def __init__(
        self,
        classifier: Callable[[Any], Any],
        defense: Transform | str | None = None,
        *,
        input_range: tuple[float, float] = (0.0, 1.0),
        straight_through: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # NumPy runs inside the graph, which XLA cannot compile.
        self.supports_jit = False
        self.defense: Transform = _as_transform(defense)
        self.input_range = _check_range(input_range)
        self.straight_through = straight_through
        self._answers = answers_a_draw(self.defense)
        self._fixed: tuple[int, int] | None = None
        self.classifier = self._prepare(classifier)
        self._transform = as_graph(self.defense, straight_through)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Logits (N, classes) of images (N, H, W, 3) in [0, 1]."""
        images = tf.convert_to_tensor(inputs, tf.float32)
        if images.shape.rank != 4 or None in images.shape[1:]:
            raise UsageError(
                f"DefendedClassifier needs images (N, H, W, 3) of known size; received the "
                f"shape {tuple(images.shape)}"
            )
        images = self.transformed(images)
        self._check_size(tuple(images.shape[1:3]))
        low, high = self.input_range
        scaled = images * (high - low) + low
        return answer_of(self.classifier, scaled, self._answers)

    def transformed(self, images: Any) -> Any:
        """What the defense makes of images (N, H, W, 3): the tensor that the classifier gets."""
        return self._transform(tf.convert_to_tensor(images, tf.float32))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(N, classes), which only a run can tell."""
        images = tf.zeros((1, *input_shape[1:]))
        return (input_shape[0], *self.call(images).shape[1:])

    def _prepare(self, classifier: Any) -> Any:
        """A classifier for any size where its layers allow it."""
        if isinstance(classifier, type) or not callable(classifier):
            raise UsageError(
                f"DefendedClassifier needs a Keras model or another callable that returns "
                f"logits; received {classifier!r}"
            )
        if not isinstance(classifier, keras.Model):
            return classifier
        refuse_softmax(classifier)
        self._fixed = fixed_size(classifier)
        rebuilt = any_size(classifier) if self._fixed else None
        if rebuilt is None:
            return fold_batch_norms(classifier)
        self._fixed = None
        return fold_batch_norms(rebuilt)

    def _check_size(self, size: tuple[int | None, int | None]) -> None:
        if self._fixed in (None, size):
            return
        built, given = (f"{height}x{width}" for height, width in (self._fixed or (0, 0), size))
        raise UsageError(
            f"classifier {self.classifier.name!r} was built for {built} and its layers do not "
            f"allow another size (a Flatten before a Dense, for example); the defense puts out "
            f"{given}: end it with bicubic:{built}, or use global pooling in the classifier"
        )


def _as_transform(defense: Transform | str | None) -> Transform:
    if defense is None:
        return DEFAULT.transform
    if isinstance(defense, str):
        return find_defense(defense)
    return Compose([defense])


def _check_range(input_range: tuple[float, float]) -> tuple[float, float]:
    low, high = input_range
    if not low < high:
        raise UsageError(
            f"the input range of DefendedClassifier must be (low, high) with low < high; "
            f"received {input_range!r}"
        )
    return float(low), float(high)


def bare_model(classifier: Classifier) -> DefendedClassifier:
    """A classifier without a defense, ready for images of any size where its layers allow it."""
    return DefendedClassifier(classifier.model, Compose([]), input_range=classifier.input_range)

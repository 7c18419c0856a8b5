"""Asking the classifier twice: about the image and about its mirror image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.transforms.base import Transform
from defense.transforms.compose import flat


@dataclass(frozen=True, slots=True)
class Mirrored:
    """The mean of the classifier's logits for an image and for its mirror image.

    Faint noise moves the two answers in different ways, so that their mean moves less; it costs a
    second inference. Images pass unchanged: `defense.DefendedClassifier` looks for this stage, and
    asks twice, wherever it stands.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: the same.

    Example:
        >>> import numpy as np
        >>> Mirrored()(np.zeros((2, 8, 8, 3), np.float32)).shape
        (2, 8, 8, 3)

    Reference: M. Horváth et al., "Boosting Randomized Smoothing with Variance Reduced
    Classifiers", ICLR 2022, for means of answers behind noise.
    """

    stages: ClassVar[Mapping[str, str]] = {"views": "views:mirror"}

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Check a batch and pass it on: (N, H, W, 3), float32 in [0, 1]."""
        return check_batch(images, "Mirrored")

    @classmethod
    def parse(cls, name: str, value: str) -> Mirrored:
        """From "mirror"."""
        if value.lower() != "mirror":
            raise ValueError(value)
        return cls()

    def __str__(self) -> str:
        return "views:mirror"

    def graph(self, straight_through: bool) -> GraphFunction:
        """Images as they are."""
        return lambda images: images


def answers_a_draw(defense: Transform) -> int:
    """How often a defense asks the classifier about an image.

    Example:
        >>> answers_a_draw(Mirrored())
        2
    """
    return 2 if any(isinstance(stage, Mirrored) for stage in flat(defense)) else 1


def answer_of(classifier: Callable[[Any], Any], images: Any, answers: int = 1) -> Any:
    """Logits (N, classes) of a classifier in inference.

    Args:
        classifier: a Keras model or another callable.
        images: (N, H, W, 3), in its own range.
        answers: 1, or 2 for the mean over images and their mirror images, see `answers_a_draw`.
    """
    import keras
    import tensorflow as tf

    inference = {"training": False} if isinstance(classifier, keras.Model) else {}
    if answers == 1:
        return classifier(images, **inference)
    both = classifier(tf.concat([images, tf.reverse(images, [2])], axis=0), **inference)
    return tf.add_n(tf.split(both, 2)) / 2

"""Input transforms that defend an unchanged classifier against adversarial images.

A defense is a chain of transforms in front of the classifier, which stays as it is. Every
transform is an immutable object with its parameters in the constructor, called with images of
shape (N, H, W, 3), float32 RGB in [0, 1].

Example:
    >>> import numpy as np
    >>> defense = parse_defense("jpeg:75,wavelet:0.02,sesr:M5,bicubic:224")
    >>> defense(np.zeros((2, 299, 299, 3), np.float32)).shape
    (2, 224, 224, 3)

`DefendedClassifier` puts a defense in front of a Keras classifier, `Smoothed` lets it vote over
draws of noise and proves what it can, `defense.attacks` attacks it,
`defense.evaluation` reports what is left, and `defense.training` trains the super resolution in
it for the classifier behind it.

Reference: "Super-Efficient Super Resolution for Fast Adversarial Defense at the Edge", DATE
2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from defense.parse import parse_defense
from defense.transforms import (
    Compose,
    GaussianNoise,
    Jpeg,
    RandomResize,
    Rescale,
    Resize,
    SuperResolve,
    Transform,
    WaveletDenoise,
)
from sesr.lazy import lazy

if TYPE_CHECKING:
    from defense.classifiers import without_softmax
    from defense.defended import DefendedClassifier
    from defense.smoothing import Smoothed

__all__ = [
    "Compose",
    "DefendedClassifier",
    "GaussianNoise",
    "Jpeg",
    "RandomResize",
    "Rescale",
    "Resize",
    "Smoothed",
    "SuperResolve",
    "Transform",
    "WaveletDenoise",
    "parse_defense",
    "without_softmax",
]

__getattr__ = lazy(
    __name__,
    {
        "DefendedClassifier": "defended",
        "Smoothed": "smoothing",
        "without_softmax": "classifiers",
    },
)

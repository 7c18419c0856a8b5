"""Input transforms that defend an unchanged classifier against adversarial images.

A defense is a chain of transforms in front of the classifier; nothing is trained. Every
transform is an immutable object with its parameters in the constructor, called with images of
shape (N, H, W, 3), float32 RGB in [0, 1].

Example:
    >>> import numpy as np
    >>> defense = parse_defense("jpeg:75,wavelet:0.02,sesr:M5,bicubic:224")
    >>> defense(np.zeros((2, 299, 299, 3), np.float32)).shape
    (2, 224, 224, 3)

Reference: "Super-Efficient Super Resolution for Fast Adversarial Defense at the Edge", DATE
2022.
"""

from defense.compose import Compose
from defense.jpeg import Jpeg
from defense.parse import parse_defense
from defense.rescale import Rescale
from defense.resize import Resize
from defense.super_resolve import SuperResolve
from defense.transform import Transform
from defense.wavelet import WaveletDenoise

__all__ = [
    "Compose",
    "Jpeg",
    "Rescale",
    "Resize",
    "SuperResolve",
    "Transform",
    "WaveletDenoise",
    "parse_defense",
]

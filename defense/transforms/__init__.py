"""What stands before a classifier: one class a file, which brings all that there is to it."""

from defense.transforms.base import Stage, Transform
from defense.transforms.compose import Compose, flat
from defense.transforms.jpeg import Jpeg
from defense.transforms.mirrored import Mirrored, answer_of, answers_a_draw
from defense.transforms.noise import GaussianNoise, add_noise, check_sigma
from defense.transforms.sizes import Interpolation, RandomResize, Rescale, Resize
from defense.transforms.super_resolve import SuperResolve
from defense.transforms.wavelet import WaveletDenoise

__all__ = [
    "TRANSFORMS",
    "Compose",
    "GaussianNoise",
    "Interpolation",
    "Jpeg",
    "Mirrored",
    "RandomResize",
    "Rescale",
    "Resize",
    "Stage",
    "SuperResolve",
    "Transform",
    "WaveletDenoise",
    "add_noise",
    "answer_of",
    "answers_a_draw",
    "check_sigma",
    "flat",
]

TRANSFORMS: tuple[type[Stage], ...] = (
    GaussianNoise,
    Jpeg,
    Mirrored,
    RandomResize,
    Resize,
    SuperResolve,
    WaveletDenoise,
)
"""Those that text can name; a new one is a file and a line here."""

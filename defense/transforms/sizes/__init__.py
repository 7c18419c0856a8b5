"""Other sizes of an image, and what computes them."""

from defense.transforms.sizes.random_resize import RandomResize
from defense.transforms.sizes.resampling import (
    Interpolation,
    apply_matrices,
    check_interpolation,
    resample,
    resample_tensor,
)
from defense.transforms.sizes.rescale import Rescale
from defense.transforms.sizes.resize import Resize

__all__ = [
    "Interpolation",
    "RandomResize",
    "Rescale",
    "Resize",
    "apply_matrices",
    "check_interpolation",
    "resample",
    "resample_tensor",
]

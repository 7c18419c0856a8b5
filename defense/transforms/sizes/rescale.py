"""Upscaling by a whole factor, without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.transforms.sizes.resampling import Interpolation, check_interpolation, resample
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Rescale:
    """Enlarge every image by a whole factor.

    This stands in the place of super resolution to tell what the network adds to a larger
    image.

    Args:
        scale: output side over input side, a whole number.
        method: "nearest", which repeats every pixel, or "bicubic".

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, H * scale, W * scale, 3), the same
    kind.

    Raises:
        UsageError: the scale is not a positive whole number, or the method is unknown.

    Example:
        >>> import numpy as np
        >>> Rescale(scale=2)(np.zeros((2, 30, 40, 3), np.float32)).shape
        (2, 60, 80, 3)

    Reference: "Super-Efficient Super Resolution for Fast Adversarial Defense at the Edge",
    DATE 2022, whose tables compare with nearest neighbour.
    """

    scale: int = 2
    method: Interpolation = "nearest"

    def __post_init__(self) -> None:
        if not isinstance(self.scale, int) or self.scale < 1:
            raise UsageError(
                f"the scale of Rescale must be a positive whole number; received {self.scale!r}"
            )
        check_interpolation(self.method, "Rescale")

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch: (N, H, W, 3) to (N, H * scale, W * scale, 3), float32 in [0, 1]."""
        images = check_batch(images, "Rescale")
        _, height, width, _ = images.shape
        return resample(images, height * self.scale, width * self.scale, self.method)

    def __str__(self) -> str:
        return f"{self.method}:x{self.scale}"

    def graph(self, straight_through: bool) -> GraphFunction:
        """Resampling as matrix products."""
        from defense.transforms.sizes.resampling import resample_tensor

        def enlarge(images: Any) -> Any:
            height, width = (side * self.scale for side in images.shape[1:3])
            return resample_tensor(images, height, width, self.method)

        return enlarge

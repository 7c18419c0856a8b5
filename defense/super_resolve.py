"""Super resolution as a defense."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from defense.batch import Batch, check_batch
from sesr.shipped import find_model

if TYPE_CHECKING:
    from sesr.upscaler import Upscaler


@dataclass(frozen=True, slots=True)
class SuperResolve:
    """Enlarge every image with SESR: luma through the network, colours by bicubic.

    Args:
        model: "M5", or a path of a model that `sesr train` wrote.
        scale: 2 or 4.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, H * scale, W * scale, 3), the same
    kind.

    Raises:
        UsageError: unknown model or scale.
        ModelError: the path leads to no model.

    Example:
        >>> SuperResolve("M5", scale=2)(np.zeros((2, 30, 40, 3), np.float32)).shape
        (2, 60, 80, 3)

    Reference: "Super-Efficient Super Resolution for Fast Adversarial Defense at the Edge",
    DATE 2022.
    """

    model: str = "M5"
    scale: int = 2

    def __post_init__(self) -> None:
        find_model(self.model, self.scale)

    def __call__(self, images: Batch) -> Batch:
        """Transform a batch: (N, H, W, 3) to (N, H * scale, W * scale, 3), float32 in [0, 1]."""
        images = check_batch(images, "SuperResolve")
        upscale = _upscaler(self.model, self.scale)
        # One image after the other: the network itself uses all cores.
        return np.stack([upscale(image) for image in images])


@lru_cache(maxsize=4)
def _upscaler(model: str, scale: int) -> Upscaler:
    """Preparing a network costs more than running it on a small image; equal ones are shared."""
    from sesr.upscaler import Upscaler

    return Upscaler(model, scale)

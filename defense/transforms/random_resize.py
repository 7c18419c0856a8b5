"""Resizing to a size drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from defense.batch import Batch, check_batch
from defense.transforms.resampling import resample
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class RandomResize:
    """Bring a batch to one of several sizes, drawn anew at every call.

    The only transform here that is random: attacks on it need an expectation over
    transformations (`eot` of `defense.parse_attack`), or they hit one size only.

    Args:
        sizes: sides of squares in pixels, two or more.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, size, size, 3), the same kind,
    antialiased bicubic.

    Raises:
        UsageError: fewer than two sizes, or one that is not a positive whole number.

    Example:
        >>> out = RandomResize(sizes=(200, 224))(np.zeros((2, 299, 299, 3), np.float32))
        >>> out.shape[1] in (200, 224)
        True

    Reference: C. Xie et al., "Mitigating Adversarial Effects Through Randomization", ICLR 2018.
    """

    sizes: tuple[int, ...] = (200, 224, 248)

    def __post_init__(self) -> None:
        whole = all(isinstance(size, int) and size > 0 for size in self.sizes)
        if len(self.sizes) < 2 or not whole:
            raise UsageError(
                f"the sizes of RandomResize must be two or more positive whole numbers; "
                f"received {self.sizes!r}"
            )

    def __call__(self, images: Batch) -> Batch:
        """Transform a batch: (N, H, W, 3) to (N, size, size, 3), float32 in [0, 1]."""
        images = check_batch(images, "RandomResize")
        size = int(np.random.default_rng().choice(self.sizes))
        return resample(images, size, size, "bicubic")

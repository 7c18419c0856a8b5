"""Resizing to a given size as a defense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.transforms.sizes.resampling import Interpolation, check_interpolation, resample
from defense.transforms.sizes.rescale import Rescale
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Resize:
    """Bring every image to one size, stretched if the shape differs.

    A classifier that sees an image at another size than the attacker did loses much of the
    attack, so this is also the baseline that other transforms are compared with.

    Args:
        size: side of a square, or (height, width), in pixels.
        method: "bicubic" (antialiased) or "nearest".

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, height, width, 3), the same kind.

    Raises:
        UsageError: the size is not made of positive whole numbers, or the method is unknown.

    Example:
        >>> import numpy as np
        >>> Resize(size=224)(np.zeros((2, 299, 299, 3), np.float32)).shape
        (2, 224, 224, 3)

    Reference: C. Guo et al., "Countering Adversarial Images using Input Transformations",
    ICLR 2018.
    """

    size: int | tuple[int, int] = 224
    method: Interpolation = "bicubic"
    stages: ClassVar[Mapping[str, str]] = {"bicubic": "bicubic:224", "nearest": "nearest:x2"}

    def __post_init__(self) -> None:
        sides = self.sides
        if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
            raise UsageError(
                f"the size of Resize must be a positive whole number or a pair "
                f"(height, width) of them; received {self.size!r}"
            )
        check_interpolation(self.method, "Resize")

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch: (N, H, W, 3) to (N, height, width, 3), float32 in [0, 1]."""
        return resample(check_batch(images, "Resize"), *self.sides, self.method)

    @classmethod
    def parse(cls, name: str, value: str) -> Resize | Rescale:
        """From "224", "200x300" (height x width), and "x2" (a factor)."""
        method = cast(Interpolation, name)
        if value.startswith("x"):
            return Rescale(int(value[1:]), method)
        if "x" in value:
            height, width = value.split("x")
            return cls((int(height), int(width)), method)
        return cls(int(value), method)

    def __str__(self) -> str:
        size = "x".join(map(str, self.size)) if isinstance(self.size, tuple) else self.size
        return f"{self.method}:{size}"

    def graph(self, straight_through: bool) -> GraphFunction:
        """Resampling as matrix products."""
        from defense.transforms.sizes.resampling import resample_tensor

        return lambda images: resample_tensor(images, *self.sides, self.method)

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width of the output."""
        return self.size if isinstance(self.size, tuple) else (self.size, self.size)

"""Several transforms as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from defense.batch import Batch, check_batch
from defense.transforms.base import Transform
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True, init=False)
class Compose:
    """A chain of transforms, itself a transform.

    Its `repr` shows every parameter of every transform, enough to write into a report.

    Args:
        transforms: applied from the first to the last; none at all leaves images as they are.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: whatever the last transform gives.

    Raises:
        UsageError: one of the transforms cannot be called, such as a class that is not one.

    Example:
        >>> from defense import Jpeg, Resize
        >>> Compose([Jpeg(quality=75), Resize(size=224)])
        Compose(transforms=(Jpeg(quality=75), Resize(size=224, method='bicubic')))
    """

    transforms: tuple[Transform, ...]

    def __init__(self, transforms: Iterable[Transform]) -> None:
        chain = tuple(transforms)
        for transform in chain:
            if isinstance(transform, type) or not callable(transform):
                raise UsageError(
                    f"Compose needs transforms; received {transform!r}: "
                    "pass objects such as Jpeg(quality=75), or text through parse_defense"
                )
        # The usual way past the lock of a frozen dataclass, while the object is made.
        object.__setattr__(self, "transforms", chain)

    def __call__(self, images: Batch) -> Batch:
        """Apply the transforms in order: (N, H, W, 3) to (N, H', W', 3), float32 in [0, 1]."""
        images = check_batch(images, "Compose")
        for transform in self.transforms:
            images = transform(images)
        return images

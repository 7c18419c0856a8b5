"""Several transforms as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.transforms.base import Transform
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True, init=False)
class Compose:
    """A chain of transforms, itself a transform.

    Its `repr` shows every parameter of every transform, enough to write into a report; its
    `str` is the text that `parse_defense` reads.

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

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Apply the transforms in order: (N, H, W, 3) to (N, H', W', 3), float32 in [0, 1]."""
        images = check_batch(images, "Compose")
        for transform in self.transforms:
            images = transform(images)
        return images

    def __str__(self) -> str:
        return ",".join(map(str, self.transforms)) or "none"

    def graph(self, straight_through: bool) -> GraphFunction:
        """The functions of the transforms, one after the other."""
        from defense.differentiable import as_graph

        stages = [as_graph(transform, straight_through) for transform in self.transforms]

        def chain(images: Any) -> Any:
            for stage in stages:
                images = stage(images)
            return images

        return chain


def flat(defense: Transform) -> tuple[Transform, ...]:
    """The stages of a chain, and of chains in it.

    Example:
        >>> from defense import Jpeg
        >>> flat(Compose([Compose([Jpeg(quality=75)])]))
        (Jpeg(quality=75),)
    """
    if not isinstance(defense, Compose):
        return (defense,)
    return tuple(stage for part in defense.transforms for stage in flat(part))

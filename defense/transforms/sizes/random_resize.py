"""Resizing to a size drawn at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.transforms.sizes.resampling import resample
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
    stages: ClassVar[Mapping[str, str]] = {"random": "random:200+224+248"}

    def __post_init__(self) -> None:
        whole = all(isinstance(size, int) and size > 0 for size in self.sizes)
        if len(self.sizes) < 2 or not whole:
            raise UsageError(
                f"the sizes of RandomResize must be two or more positive whole numbers; "
                f"received {self.sizes!r}"
            )

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch: (N, H, W, 3) to (N, size, size, 3), float32 in [0, 1]."""
        images = check_batch(images, "RandomResize")
        size = int(np.random.default_rng().choice(self.sizes))
        return resample(images, size, size, "bicubic")

    @classmethod
    def parse(cls, name: str, value: str) -> RandomResize:
        """From "200+224": one of these sizes."""
        return cls(tuple(int(size) for size in value.split("+")))

    def __str__(self) -> str:
        return f"random:{'+'.join(map(str, self.sizes))}"

    def graph(self, straight_through: bool) -> GraphFunction:
        """A size drawn anew at every run of the graph, not once when it is traced."""
        import tensorflow as tf

        from defense.transforms.sizes.resampling import resample_tensor

        def resize(images: Any) -> Any:
            random = tf.random.get_global_generator()
            choice = random.uniform((), 0, len(self.sizes), tf.int32)
            branches = [
                lambda size=size: resample_tensor(images, size, size, "bicubic")
                for size in self.sizes
            ]
            return tf.switch_case(choice, branches)

        return resize

"""What every input transform looks like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from defense.batch import GraphFunction, ImageBatch


class Transform(Protocol):
    """An image transform that stands before a classifier.

    Parameters go into the constructor, images into the call. A transform is an immutable value:
    equal parameters make equal objects, the same images always give the same result, and no
    image depends on its neighbours in the batch.
    """

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch.

        Args:
            images: (N, H, W, 3), float32 RGB in [0, 1].

        Returns:
            (N, H', W', 3), float32 RGB in [0, 1].

        Raises:
            UsageError: the images have another form.
        """


class Stage(Transform, Protocol):
    """A transform that text can name; `defense.transforms.TRANSFORMS` lists all of them.

    Attributes:
        stages: the names that text has for it, each with a complete stage as an example.
    """

    stages: ClassVar[Mapping[str, str]]

    @classmethod
    def parse(cls, name: str, value: str) -> Transform:
        """Make the transform of one stage.

        Args:
            name: one of `stages`.
            value: the text after the colon.

        Raises:
            ValueError: the text cannot be read.
            UsageError: its value does not fit.
        """

    def __str__(self) -> str:
        """The stage as text, which `parse_defense` reads."""

    def graph(self, straight_through: bool) -> GraphFunction:
        """The same transform inside TensorFlow, see `defense.differentiable.as_graph`."""

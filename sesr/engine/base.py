"""What the upscaler asks of anything that runs a network."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self

from sesr.catalog.shipped import TrainedModel
from sesr.pixels.color import FloatImage


class Engine(Protocol):
    """Runs one trained network on tiles; called from several threads at once.

    Attributes:
        workers: how many calls at a time use the machine best.
        has_bfloat16: whether it can be asked for that precision.
    """

    workers: int
    has_bfloat16: ClassVar[bool]

    @classmethod
    def open(cls, model: TrainedModel, workers: int, precision: str) -> Self:
        """Make it ready for a model, with so many CPU threads, in one of `PRECISIONS`."""
        ...

    def __call__(self, tile: FloatImage) -> FloatImage:
        """Run the network on one tile.

        Args:
            tile: (H, W, C) float32 in [0, 1].

        Returns:
            (H * scale, W * scale, C) float32 in [0, 1].
        """
        ...

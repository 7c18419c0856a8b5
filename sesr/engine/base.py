"""What the upscaler asks of anything that runs a network."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self

from sesr.catalog.shipped import TrainedModel
from sesr.pixels.levels import Tile


class Engine(Protocol):
    """Runs one trained network on tiles; called from several threads at once.

    Attributes:
        workers: how many calls at a time use the machine best.
        precisions: those of `PRECISIONS` that it can be asked for, beside "auto".
        title: for people.
        package: what brings it, as package indexes call it.
    """

    workers: int
    precisions: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    package: ClassVar[str]

    @classmethod
    def open(cls, model: TrainedModel, workers: int, precision: str) -> Self:
        """Make it ready for a model, with so many CPU threads, in one of `PRECISIONS`.

        For "int8" the model is one that was trained for it.
        """
        ...

    def __call__(self, tile: Tile) -> Tile:
        """Run the network on one tile.

        Args:
            tile: (H, W, C) float32 in [0, 1]; in int8 also `pixel - 128`.

        Returns:
            (H * scale, W * scale, C), numbers of the same kind.
        """
        ...

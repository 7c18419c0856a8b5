"""What the upscaler asks of anything that runs a network."""

from __future__ import annotations

from typing import Protocol

from sesr.pixels.color import FloatImage


class Engine(Protocol):
    """Runs one trained network on tiles; called from several threads at once.

    Attributes:
        workers: how many calls at a time use the machine best.
    """

    workers: int

    def __call__(self, tile: FloatImage) -> FloatImage:
        """Run the network on one tile.

        Args:
            tile: (H, W, C) float32 in [0, 1].

        Returns:
            (H * scale, W * scale, C) float32 in [0, 1].
        """
        ...

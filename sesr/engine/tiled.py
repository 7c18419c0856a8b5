"""A LiteRT file of any kind, run on images of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sesr.catalog.networks import NETWORKS
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import ModelError
from sesr.pixels.levels import Tile
from sesr.pixels.tiling import TilePlan, check_tile, run_tiles

LARGEST_HALO = max(spec.receptive_radius for spec in NETWORKS.values())
"""The largest receptive radius in the family: enough for a file that does not tell its own."""

TILE = 256
"""Side of a tile for files that take any size."""


class TiledLiteRT(LiteRTNetwork):
    """Runs a LiteRT file that takes any image size or tiles of one size, float32 or int8.

    Numbers are quantised at the border, with the scales that the file names. An image smaller
    than a file's fixed tile is extended by repeating its border, which the pixels near it can
    tell from the border of an image; everything else equals the whole image in one piece.

    Args:
        path: the `.tflite` file.
        halo: receptive radius of the network in low-resolution pixels.
        threads: CPU threads; all cores by default.

    Raises:
        ModelError: the file is missing, no LiteRT file, or no upscaling network.
        UsageError: the file's tile is too small for the halo.

    Attributes:
        scale: how many times the output is larger.
        channels: 1 (Y) or 3 (RGB).
        tile: height and width that the file takes, or None for any.
        quantized: whether the file computes with int8 numbers.
    """

    def __init__(self, path: Path, halo: int = LARGEST_HALO, threads: int | None = None) -> None:
        super().__init__(path, threads)
        given = self._interpreter.get_input_details()[0]
        if len(given["shape"]) != 4 or given["shape"][-1] not in (1, 3):
            raise ModelError(
                f"{path}: no upscaling network: its input must be (1, H, W, 1 or 3); "
                f"received {tuple(map(int, given['shape']))}"
            )
        self._halo = halo
        self.quantized = any(
            details["dtype"] == np.int8 for details in self._interpreter.get_tensor_details()
        )
        self.channels = int(given["shape"][-1])
        fixed = -1 not in given["shape_signature"]
        self.tile = (int(given["shape"][1]), int(given["shape"][2])) if fixed else None
        for side in self.tile or ():
            check_tile(side, halo)
        height, width = self.tile or (4, 4)
        probe = super().__call__(np.zeros((height, width, self.channels), np.float32))
        self.scale = len(probe) // height

    def __call__(self, image: Tile) -> Tile:
        """Enlarge an image of any size; (H, W, C) to (H * scale, W * scale, C)."""
        height, width = image.shape[:2]
        if self.tile is None:
            plan = TilePlan.make(height, width, TILE, self._halo)
        else:
            down, right = (max(0, t - n) for t, n in zip(self.tile, image.shape, strict=False))
            image = np.pad(image, ((0, down), (0, right), (0, 0)), mode="edge")
            plan = TilePlan.fixed(image.shape[0], image.shape[1], self.tile, self._halo)
        output = run_tiles(super().__call__, image, plan, self.scale)
        return output[: height * self.scale, : width * self.scale]

"""A LiteRT file of any kind, run on images of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sesr.catalog.networks import NETWORKS
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import ModelError
from sesr.pixels.color import FloatImage
from sesr.pixels.levels import OFFSET
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
        given, made = (
            self._interpreter.get_input_details()[0],
            self._interpreter.get_output_details()[0],
        )
        if len(given["shape"]) != 4 or given["shape"][-1] not in (1, 3):
            raise ModelError(
                f"{path}: no upscaling network: its input must be (1, H, W, 1 or 3); "
                f"received {tuple(map(int, given['shape']))}"
            )
        self._halo = halo
        self._input_scaling, self._output_scaling = _scaling(given), _scaling(made)
        self.quantized = any(
            details["dtype"] == np.int8 for details in self._interpreter.get_tensor_details()
        )
        self.channels = int(given["shape"][-1])
        fixed = -1 not in given["shape_signature"]
        self.tile = (int(given["shape"][1]), int(given["shape"][2])) if fixed else None
        for side in self.tile or ():
            check_tile(side, halo)
        height, width = self.tile or (4, 4)
        probe = self._run(np.zeros((height, width, self.channels), np.float32))
        self.scale = len(probe) // height

    def __call__(self, image: FloatImage) -> FloatImage:
        """Enlarge an image of any size; (H, W, C) to (H * scale, W * scale, C), float32."""
        height, width = image.shape[:2]
        if self.tile is None:
            plan = TilePlan.make(height, width, TILE, self._halo)
        else:
            down, right = (max(0, t - n) for t, n in zip(self.tile, image.shape, strict=False))
            image = np.pad(image, ((0, down), (0, right), (0, 0)), mode="edge")
            plan = TilePlan.fixed(image.shape[0], image.shape[1], self.tile, self._halo)
        output = run_tiles(self._run, image, plan, self.scale)
        return output[: height * self.scale, : width * self.scale]

    def _run(self, image: FloatImage) -> FloatImage:
        """One tile, with its numbers in the file's own form and back."""
        number: npt.NDArray[Any] = image
        if self._input_scaling is not None:
            step, zero = self._input_scaling
            number = np.clip(np.rint(image / step) + zero, -128, 127).astype(np.int8)
        output: npt.NDArray[Any] = super().__call__(number)
        if self._output_scaling is not None:
            step, zero = self._output_scaling
            output = (output.astype(np.float32) - zero) * step
        return np.asarray(output, np.float32)


def _scaling(details: dict[str, Any]) -> tuple[np.float32, np.float32] | None:
    """Size of a quantisation step and the number that stands for black; None for floats.

    Files for micro-NPUs hold centred images, whose zero is the gray of 128/255: a step of 1/255
    and zero in the middle. Their numbers are those of pixels less 128 all the same.
    """
    if details["dtype"] == np.float32:
        return None
    step, zero = details["quantization"]
    centered = zero == 0 and abs(step * 255 - 1) < 0.01
    return np.float32(step), np.float32(-OFFSET if centered else zero)

"""Instructions for a pixel of the small image, on emulated Cortex-M boards, by way of convolution.

    python benchmarks/c99/instructions.py M5 M3 N5

Each tile's own instructions are counted, so that the halo is in the figure for a tile of 64x64 and
not multiplied again for an image. Needs gcc-arm-none-eabi, newlib and qemu-system-arm. Instructions
are not cycles: what a board takes depends on its memory.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from sesr.export.c99.board import run_board
from sesr.export.c99.choose import CONVOLUTIONS, multiplications
from sesr.export.c99.core import CORES
from sesr.export.c99.deploy import DeployedC, deploy_in_c
from sesr.export.npu.tiles import TileShape
from sesr.export.source import find_source
from sesr.int8 import calibration_images, calibration_photos

SIDE = 64


def main(models: list[str]) -> None:
    """Print a line for every model, way and core."""
    for model in models:
        network = find_source(model, 2, 1, int8_trained=True).load(2)
        tile = TileShape(SIDE, SIDE, network.receptive_radius)
        images = calibration_images(calibration_photos(), 2, 1)
        for way in (*CONVOLUTIONS, None):
            for name, core in CORES.items():
                if not core.board:
                    continue
                one = deploy_in_c(network, tile, images, core, convolution=way)
                print(
                    f"{model} {way or 'chosen'} {name}: {count(one, name):,.0f} instructions and "
                    f"{multiplications(one.integers) / SIDE**2:,.0f} multiplications a pixel, "
                    f"arena {one.arena.size:,}",
                    flush=True,
                )


def count(one: DeployedC, core: str) -> float:
    """Instructions for a pixel of a tile."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "sesr_network.c").write_text(one.source("count"))
        (place / "sesr_network.h").write_text(one.header("count"))
        image = np.zeros((SIDE, SIDE, one.network.channels), np.uint8)
        _, taken = run_board(CORES[core], place, place, image.tobytes(), (SIDE, SIDE))
    return taken / SIDE**2


if __name__ == "__main__":
    main(sys.argv[1:] or ["M5"])

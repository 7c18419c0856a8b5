"""Instructions for a pixel of the small image, on emulated Cortex-M boards, by way of convolution.

    python benchmarks/c99/instructions.py M5 M3 N5

Each tile's own instructions are counted, so that the halo is in the figure for a tile of 64x64 and
not multiplied again for an image. For the 3x3 layers alone, the C is instrumented to read the timer
around every operation. Needs gcc-arm-none-eabi, newlib and qemu-system-arm. Instructions are not
cycles: what a board takes depends on its memory.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sesr.export.c99.board import run_board
from sesr.export.c99.bundle import constant_bytes
from sesr.export.c99.choose import CONVOLUTIONS, multiplications
from sesr.export.c99.core import CORES, Core
from sesr.export.c99.deploy import DeployedC, deploy_in_c
from sesr.export.c99.integers import Convolve
from sesr.export.npu.tiles import TileShape
from sesr.export.source import find_source
from sesr.int8 import calibration_images, calibration_photos

SIDE = 64

PROLOGUE = """#include <stdio.h>
#include <stdint.h>
#define TIMER ((volatile uint32_t *)0xE000E010U)
static uint32_t counted[64];
"""
"""In front of the C of a network."""

CALL = re.compile(r"(operation_(\d+)\((?:in, )?memory(?:, out)?, done\[\d+\]\);)")
TIMED = r"{ const uint32_t t = TIMER[2]; \1 counted[\2] += (t - TIMER[2]) & 0xFFFFFFU; }"
END = "\n}\n\nint sesr_run_network"
PRINT = '\n    for (int k = 0; k < 64; k++) { printf("%d: %lu\\n", k, (unsigned long)counted[k]); }'


@dataclass(frozen=True, slots=True)
class Count:
    """What one network takes on one core.

    Attributes:
        way: of convolution, or "chosen".
        core: the board's.
        instructions: for a pixel of a tile.
        inner: of these, those of the 3x3 layers.
        deployed: the network.
    """

    way: str
    core: Core
    instructions: float
    inner: float
    deployed: DeployedC


def counts(model: str, ways: tuple[str, ...] = (*CONVOLUTIONS, "chosen")) -> Iterator[Count]:
    """Deploy a network each way for each board, and count."""
    network = find_source(model, 2, 1, int8_trained=True).load(2)
    tile = TileShape(SIDE, SIDE, network.receptive_radius)
    images = calibration_images(calibration_photos(), 2, 1)
    for way in ways:
        for core in (core for core in CORES.values() if core.board):
            asked = None if way == "chosen" else way
            deployed = deploy_in_c(network, tile, images, core, convolution=asked)
            yield Count(way, core, *count(deployed, core), deployed)


def count(one: DeployedC, core: Core) -> tuple[float, float]:
    """Instructions for a pixel of a tile: of all operations, and of the 3x3 layers."""
    operations = [0, *(_is_inner(operation) for operation in one.integers.operations)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "sesr_network.c").write_text(instrumented(one.source("count")))
        (place / "sesr_network.h").write_text(one.header("count"))
        image = np.zeros((SIDE, SIDE, one.network.channels), np.uint8)
        ran = run_board(core, place, place, image.tobytes(), (SIDE, SIDE))
    ticks = [int(found) for found in re.findall(r"^\d+: (\d+)", ran.said, re.MULTILINE)]
    scale = ran.instructions / ran.ticks / SIDE**2
    return sum(ticks) * scale, sum(t for t, i in zip(ticks, operations, strict=False) if i) * scale


def instrumented(source: str) -> str:
    """The C of a network that counts each of its operations, and prints that after a tile."""
    timed = CALL.sub(TIMED, source)
    return PROLOGUE + timed.replace(END, PRINT + END)


def _is_inner(operation: object) -> bool:
    return isinstance(operation, Convolve) and operation.kernel.shape[:2] == (3, 3)


def main(models: list[str]) -> None:
    """Print a line for every model, way and core."""
    for model in models:
        direct: dict[str, Count] = {}
        for one in counts(model):
            first = direct.setdefault(one.core.name, one)
            print(
                f"{model} {one.way} {one.core.name}: {one.instructions:,.0f} instructions a pixel, "
                f"{first.instructions / one.instructions:.2f} times fewer than direct; in the 3x3 "
                f"layers {one.inner:,.0f}, {first.inner / one.inner:.2f} times fewer; "
                f"{multiplications(one.deployed.integers) / SIDE**2:,.0f} multiplications, arena "
                f"{one.deployed.arena.size:,}, constants {constant_bytes(one.deployed):,}",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["M5"])

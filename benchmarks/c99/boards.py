"""Memory and time for common boards: estimates, from instructions counted on emulated ones.

    python benchmarks/c99/boards.py M5

Prints the table of docs/boards.md. The time is that of instructions at one a cycle, and of nothing
else: a core that waits for its flash takes longer, one that starts two at a time takes less. Needs
gcc-arm-none-eabi, newlib and qemu-system-arm.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from instructions import SIDE, Count, counts

from sesr.export.c99.bundle import constant_bytes

IMAGE = (240, 320)
"""Height and width of the small image."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board as its maker describes it: clock in MHz, memory in KiB."""

    name: str
    core: str
    clock: int
    ram: int


BOARDS = (
    Board("nRF52840 DK", "cortex-m4", 64, 256),
    Board("STM32F407 Discovery", "cortex-m4", 168, 192),
    Board("STM32F746 Discovery", "cortex-m7", 216, 320),
    Board("STM32H743 Nucleo", "cortex-m7", 480, 1024),
    Board("Teensy 4.1 (i.MX RT1062)", "cortex-m7", 600, 1024),
    Board("STM32N6570-DK, without its NPU", "cortex-m55", 800, 4300),
)


def memory(one: Count) -> int:
    """Bytes of the arena, and of a tile before and after."""
    deployed = one.deployed
    tile = SIDE * SIDE * deployed.network.channels
    return int(deployed.arena.size) + tile * (1 + deployed.network.scale**2)


def row(board: Board, one: Count) -> str:
    """A row of the table."""
    pixels = one.deployed.tile.count(*IMAGE) * SIDE**2
    seconds = pixels * one.instructions / (board.clock * 1e6)
    constants = constant_bytes(one.deployed) / 1024
    return (
        f"| {board.name} | {one.core.title}, {board.clock} MHz | {one.way} | "
        f"{memory(one) / 1024:.0f} of {board.ram:,} KiB | {constants:.0f} KiB | {seconds:.1f} s |"
    )


def main(model: str) -> None:
    """Print a row for every board: the fastest way that fits, and the direct one."""
    found = list(counts(model, ("direct", "chosen")))
    print(f"{model} x2, {IMAGE[1]}x{IMAGE[0]} pixels in tiles of {SIDE}x{SIDE}:\n")
    print("| board | core | convolution | RAM | constants | time, estimated |")
    print("|---|---|---|---|---|---|")
    for board in BOARDS:
        for one in found:
            if one.core.name == board.core and memory(one) < board.ram * 1024:
                print(row(board, one))


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["M5"]))

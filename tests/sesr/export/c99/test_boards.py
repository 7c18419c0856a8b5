"""Firmware on emulated boards gives what Python gives, tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sesr.export.c99.arena import plan_arena
from sesr.export.c99.board import board_tools, run_board
from sesr.export.c99.choose import CONVOLUTIONS, force_points
from sesr.export.c99.core import CORES
from sesr.export.c99.deploy import DeployedC
from sesr.export.c99.source.network import steps_of
from sesr.int8 import Int8Network
from sesr.pixels.tiling import run_tiles

pytestmark = pytest.mark.skipif(
    not board_tools(), reason="no gcc-arm-none-eabi with newlib, or no qemu-system-arm"
)

SIDE = 96
BOARDS = [core for core in CORES if CORES[core].board]


def differing_on_board(one: DeployedC, core: str, folder: Path) -> int:
    (folder / "sesr_network.c").write_text(one.source("test"))
    (folder / "sesr_network.h").write_text(one.header("test"))
    channels, scale = one.network.channels, one.network.scale
    image = np.random.default_rng(4).integers(0, 256, (SIDE, SIDE, channels), dtype=np.uint8)
    found, count = run_board(CORES[core], folder, folder, image.tobytes(), (SIDE, SIDE))
    assert count > one.integers.macs / 2
    signed = (image.astype(np.int16) - 128).astype(np.int8)
    whole = run_tiles(Int8Network(one.litert), signed, one.tile.plan(SIDE, SIDE), scale)
    wanted = whole.astype(np.int16) + 128
    return int(np.count_nonzero(np.frombuffer(found, np.uint8).reshape(wanted.shape) != wanted))


def in_way(one: DeployedC, way: str) -> DeployedC:
    network = force_points(one.integers, CONVOLUTIONS[way])
    return replace(one, integers=network, arena=plan_arena(network, steps_of(network), True))


def test_a_board_gives_what_python_gives(
    deployed: Callable[..., DeployedC], tmp_path: Path
) -> None:
    one = in_way(deployed("M2", 2, 3, "48x40"), "complex-winograd")
    assert differing_on_board(one, "cortex-m4", tmp_path) == 0


@pytest.mark.slow
@pytest.mark.parametrize("core", BOARDS)
@pytest.mark.parametrize("way", CONVOLUTIONS)
@pytest.mark.parametrize("name", ["M5", "M3", "N5"])
def test_every_board_and_way(
    name: str, way: str, core: str, deployed: Callable[..., DeployedC], tmp_path: Path
) -> None:
    assert differing_on_board(in_way(deployed(name, 2, 1, "64x64"), way), core, tmp_path) == 0

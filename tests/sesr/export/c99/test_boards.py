"""Firmware on emulated boards gives what Python gives, tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sesr.export.c99.board import board_tools, run_board
from sesr.export.c99.choose import CONVOLUTIONS
from sesr.export.c99.core import CORES
from sesr.export.c99.deploy import DeployedC
from sesr.int8 import Int8Network
from sesr.pixels.tiling import run_tiles

pytestmark = pytest.mark.skipif(
    not board_tools(), reason="no gcc-arm-none-eabi with newlib, or no qemu-system-arm"
)

Deploy = Callable[..., DeployedC]

BOARDS = [core for core in CORES if CORES[core].board]


def differing_on_board(one: DeployedC, core: str, folder: Path, side: int = 96) -> int:
    (folder / "sesr_network.c").write_text(one.source("test"))
    (folder / "sesr_network.h").write_text(one.header("test"))
    channels, scale = one.network.channels, one.network.scale
    image = np.random.default_rng(4).integers(0, 256, (side, side, channels), dtype=np.uint8)
    ran = run_board(CORES[core], folder, folder, image.tobytes(), (side, side))
    assert ran.instructions > one.integers.macs / 2
    signed = (image.astype(np.int16) - 128).astype(np.int8)
    whole = run_tiles(Int8Network(one.litert), signed, one.tile.plan(side, side), scale)
    wanted = whole.astype(np.int16) + 128
    found = np.frombuffer(ran.enlarged, np.uint8).reshape(wanted.shape)
    return int(np.count_nonzero(found != wanted))


def test_a_board_gives_what_python_gives(deployed: Deploy, in_way: Deploy, tmp_path: Path) -> None:
    one = in_way(deployed("M2", 2, 3), "complex-winograd")
    assert differing_on_board(one, "cortex-m4", tmp_path, 32) == 0


@pytest.mark.slow
@pytest.mark.parametrize("core", BOARDS)
@pytest.mark.parametrize("way", CONVOLUTIONS)
@pytest.mark.parametrize("name", ["M5", "M3", "N5"])
def test_every_board_and_way(
    name: str, way: str, core: str, deployed: Deploy, in_way: Deploy, tmp_path: Path
) -> None:
    assert differing_on_board(in_way(deployed(name, 2, 1, "64x64"), way), core, tmp_path) == 0

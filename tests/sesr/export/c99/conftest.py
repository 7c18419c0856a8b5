"""Networks as C, and what they are compared with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("ethosu.vela")

from networks import small_network
from photos import make_photo
from sesr.export.c99.arena import plan_arena
from sesr.export.c99.choose import CONVOLUTIONS, force_points
from sesr.export.c99.deploy import DeployedC, deploy_in_c
from sesr.export.c99.host import build_host, run_host
from sesr.export.c99.source.network import steps_of
from sesr.export.c99.source.text import template_file
from sesr.export.npu.tiles import TileShape
from sesr.int8 import Int8Network, calibration_images
from sesr.lowering import PlainNetwork
from sesr.pixels.levels import Int8Image

SANITIZED = ("-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
"""Without optimization, which takes longer to compile than these few tiles to run."""


@cache
def _deployed(name: str, scale: int = 2, channels: int = 1, tile: str = "20x26") -> DeployedC:
    """A small network of the family in C."""
    network = PlainNetwork.from_keras(small_network(name, scale, channels))
    images = calibration_images([make_photo(96, 96)], scale, channels)
    return deploy_in_c(network, TileShape.parse(tile, network.receptive_radius), images)


@pytest.fixture(scope="session")
def deployed() -> Callable[..., DeployedC]:
    """Gives a small network of the family in C, by its name, scale and channels."""
    return _deployed


def _write_source(one: DeployedC, folder: Path) -> Path:
    """The C of a network with the program that runs it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sesr_network.c").write_text(one.source("test"))
    (folder / "sesr_network.h").write_text(one.header("test"))
    shutil.copy(template_file("run_tiles.c"), folder)
    return folder


def _tiles_of(network: Int8Network, random: int) -> list[Int8Image]:
    """Extremes, edges, and random tiles."""
    shape = network.input_shape[1:]
    flat = [np.full(shape, value, np.int8) for value in (-128, -1, 0, 127)]
    board = np.indices(shape).sum(0) % 2
    numbers = np.random.default_rng(3)
    noise = [numbers.integers(-128, 128, shape, dtype=np.int8) for _ in range(random)]
    return [*flat, np.where(board, 127, -128).astype(np.int8), *noise]


def _in_way(one: DeployedC, way: str, lines: bool = True) -> DeployedC:
    network = force_points(one.integers, CONVOLUTIONS[way])
    return replace(one, integers=network, arena=plan_arena(network, steps_of(network), lines))


@pytest.fixture(scope="session")
def in_way() -> Callable[..., DeployedC]:
    """Gives a network in C with one way of convolution, row by row or with whole maps."""
    return _in_way


@pytest.fixture(scope="session")
def gcc() -> str:
    found = shutil.which("gcc")
    if found is None:
        pytest.skip("no gcc")
    return found


@pytest.fixture
def differing(tmp_path: Path) -> Callable[..., int]:
    """How many values of tiles differ between the C of a network and LiteRT's kernels."""

    def count(compiler: str, one: DeployedC, options: Any = SANITIZED, random: int = 3) -> int:
        program = tmp_path / "program"
        build_host(compiler, _write_source(one, tmp_path / "src"), program, options)
        network = Int8Network(one.litert)
        tiles = _tiles_of(network, random)
        output = run_host(program, b"".join(tile.tobytes() for tile in tiles))
        found = np.frombuffer(output, np.int8).reshape(len(tiles), *network.output_shape[1:])
        return sum(
            int(np.count_nonzero(network(tile) != enlarged))
            for tile, enlarged in zip(tiles, found, strict=True)
        )

    return count

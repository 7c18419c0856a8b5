"""The folder that the engineer of a board compiles."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from sesr import __version__
from sesr.export.c99.board import write_board
from sesr.export.c99.choose import multiplications, products_of, way_of
from sesr.export.c99.core import Core
from sesr.export.c99.deploy import DeployedC
from sesr.export.c99.host import SOURCES
from sesr.export.c99.integers import Convolve
from sesr.export.c99.source.convolution import filter_width
from sesr.export.c99.source.text import template_file
from sesr.export.folder import C99, copy_data, whole_folder, write_json
from sesr.export.micro_interpreter import micro_report
from sesr.export.npu.bundle import (
    Origin,
    bundle_name,
    photo_pixels,
    write_manifest,
    write_vectors,
)
from sesr.export.npu.quality import Quality
from sesr.export.npu.tiles import TileShape
from sesr.export.operators import list_operators
from sesr.pixels.levels import OFFSET
from sesr.pixels.tiling import run_tiles

_BOARD = """
board/
    a program for QEMU's board {board} that enlarges image.bin of {height}x{width} pixels to
    enlarged.bin, which must equal expected.bin; a copy of this folder takes what is made here:
    arm-none-eabi-gcc -O3 {flags} --specs=rdimon.specs \\
        -nostartfiles -DIMAGE_HEIGHT={height} -DIMAGE_WIDTH={width} -I../src -T board.ld *.c \\
        ../src/sesr_tiles.c ../src/sesr_network.c -o program.elf
    qemu-system-arm -M {board} -nographic -semihosting -icount shift=0 -kernel program.elf
    cmp enlarged.bin expected.bin"""

_BOARD_SIDE = 96
"""Of the image for a board, which holds several tiles; larger where a tile is."""


def write_c_bundle(
    folder: Path, deployed: DeployedC, core: Core, quality: Quality, origin: Origin
) -> None:
    """Write everything about a network in C; the folder appears once it is complete."""
    name = bundle_name(deployed, origin)
    with whole_folder(folder) as part:
        (part / f"{name}.tflite").write_bytes(deployed.litert)
        _write_sources(part / "src", deployed, name)
        if core.board:
            write_board(part / "board")
            _write_images(part / "board", deployed)
        write_vectors(part / "vectors", deployed)
        copy_data("LICENSE.txt", part / "LICENSE.txt")
        write_json(part / "report.json", c_report(deployed, core))
        (part / "README.txt").write_text(_readme(name, deployed, core, quality))
        operators: dict[str, list[str] | bool] = {"operators": list_operators(deployed.litert)}
        operators["exact"] = deployed.integers.is_exact
        write_manifest(part, C99, core.name, operators, deployed, quality, origin)


def c_report(deployed: DeployedC, core: Core) -> dict[str, Any]:
    """What the C of a network takes, as data."""
    return {
        "target": core.name,
        "compiler_flags": list(core.flags),
        "macs": deployed.integers.macs,
        "multiplications": multiplications(deployed.integers),
        "convolutions": [
            way_of(one) for one in deployed.integers.operations if isinstance(one, Convolve)
        ],
        "arena_bytes": deployed.arena.size,
        "arena": "line_buffered" if deployed.arena.line_buffered else "whole_maps",
        "arena_bytes_of_each": {
            "line_buffered": deployed.line_buffered,
            "whole_maps": deployed.whole_maps,
        },
        "constant_bytes": constant_bytes(deployed),
        "tensorflow_lite_micro": micro_report(deployed.litert),
        "versions": {
            "tensorflow": version("tensorflow"),
            "keras": version("keras"),
            "sesr": __version__,
        },
    }


def constant_bytes(deployed: DeployedC) -> int:
    """Bytes of weights, and of bias, multiplier and shift of every output channel."""
    convolutions = [one for one in deployed.integers.operations if isinstance(one, Convolve)]
    return sum(_weight_bytes(one) + 12 * len(one.factors) for one in convolutions)


def _weight_bytes(one: Convolve) -> int:
    """Of int8, or of transformed filters in 16 bits, or in 8 where they are scaled."""
    inputs, outputs = one.kernel.shape[2:]
    if not one.points:
        return int(one.kernel.size)
    return int(filter_width(one) // 8 * products_of(one, one.points) * inputs * outputs)


def _write_sources(folder: Path, deployed: DeployedC, name: str) -> None:
    folder.mkdir()
    (folder / "sesr_network.c").write_text(deployed.source(name))
    (folder / "sesr_network.h").write_text(deployed.header(name))
    (folder / SOURCES[0]).write_bytes(template_file(SOURCES[0]).read_bytes())
    for file in ("sesr_tiles.h", "sesr_tiles.c"):
        copy_data(file, folder / file)


def _image_size(tile: TileShape) -> tuple[int, int]:
    return max(_BOARD_SIDE, tile.height), max(_BOARD_SIDE, tile.width)


def _write_images(folder: Path, deployed: DeployedC) -> None:
    """A photograph for the board, and what must come of it; both raw, 8 bits."""
    height, width = _image_size(deployed.tile)
    image = photo_pixels(deployed, height, width)[:height, :width]
    plan = deployed.tile.plan(height, width)
    network = deployed.run_int8(deployed.tile)
    large = run_tiles(network, image, plan, deployed.network.scale)
    for file, pixels in (("image.bin", image), ("expected.bin", large)):
        (folder / file).write_bytes((pixels.astype(np.int16) + OFFSET).astype(np.uint8).tobytes())


def _board_text(core: Core, tile: TileShape) -> str:
    height, width = _image_size(tile)
    flags = " ".join(core.flags)
    return _BOARD.format(board=core.board, flags=flags, height=height, width=width)


def _readme(name: str, deployed: DeployedC, core: Core, quality: Quality) -> str:
    tile, arena = deployed.tile, deployed.arena
    black = round(deployed.quantized.network.image_range[0] * 255)
    luma = "The one channel is luma: Y of BT.601, from 16 to 235."
    values = {
        "name": name,
        "same": "the same network" if deployed.integers.is_exact else "the network, not scaled,",
        "title": core.title,
        "macs": f"{deployed.integers.macs:,}",
        "arena": f"{arena.size:,}",
        "way": "rows as they are needed" if arena.line_buffered else "whole feature maps",
        "lines": f"{deployed.line_buffered:,}",
        "whole": f"{deployed.whole_maps:,}",
        "constants": f"{constant_bytes(deployed):,}",
        "loss": f"{quality.loss:.3f}",
        "float32": f"{quality.float32:.2f}",
        "int8": f"{quality.int8:.2f}",
        "tile": str(tile),
        "multiplications": f"{multiplications(deployed.integers):,}",
        "board": _board_text(core, tile) if core.board else "",
        "flags": "".join(f"{flag} " for flag in core.flags),
        "kept": f"{tile.height - 2 * tile.halo}x{tile.width - 2 * tile.halo}",
        "halo": str(tile.halo),
        "zero_point": str(-OFFSET - black),
        "value": "(pixel - 128) / 255" if black else "pixel / 255",
        "scale": str(deployed.network.scale),
        "colour": luma if deployed.network.channels == 1 else "The channels are R, G and B.",
    }
    return Template(template_file("readme.txt").read_text()).substitute(values)

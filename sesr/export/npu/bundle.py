"""The folder that an embedded engineer flashes."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from sesr import __version__
from sesr.export.folder import (
    MANIFEST,
    NPU,
    copy_data,
    data_file,
    hash_files,
    whole_folder,
    write_json,
)
from sesr.export.micro_interpreter import micro_report
from sesr.export.npu.c_source import SYMBOLS, array_source, header_source
from sesr.export.npu.deploy import Deployed
from sesr.export.npu.quality import InTiles, Quality
from sesr.export.npu.vela import Compiled
from sesr.export.operators import list_operators
from sesr.int8 import Int8Network, low_resolution, sample_photo
from sesr.lowering import PlainNetwork
from sesr.pixels.levels import OFFSET, Int8Image, to_int8_image

ARENA_MARGIN = 8 * 1024
"""Bytes that a runtime needs beside Vela's own: tensors' descriptions and alignment."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an export comes from, for its manifest.

    Attributes:
        model: stem of the trained model.
        sha256: of its file.
        license: of its weights.
        calibration, measured_on: what int8 was calibrated and measured on, in words.
        command: of the export.
    """

    model: str
    sha256: str
    license: str
    calibration: str
    measured_on: str
    command: str


def write_bundle(folder: Path, deployed: Deployed, quality: Quality, origin: Origin) -> None:
    """Write everything about a deployed network; the folder appears once it is complete."""
    name = bundle_name(deployed, origin)
    with whole_folder(folder) as part:
        _write_networks(part, deployed, name)
        _write_sources(part, deployed, name)
        write_vectors(part / "vectors", deployed)
        copy_data("LICENSE.txt", part / "LICENSE.txt")
        (part / "vela_report.txt").write_text(deployed.compiled.report)
        if deployed.compiled.table:
            (part / "vela_operators.csv").write_text(deployed.compiled.table)
        write_json(part / "report.json", npu_report(deployed.compiled, deployed))
        (part / "README.txt").write_text(_readme(name, deployed, quality))
        operators: dict[str, list[str] | bool] = {
            "operators": list_operators(deployed.litert),
            "compiled_operators": list_operators(deployed.compiled.content),
        }
        target = deployed.target.accelerator
        write_manifest(part, NPU, target, operators, deployed, quality, origin)


def bundle_name(deployed: InTiles, origin: Origin) -> str:
    """Stem of the files, for example "sesr_m5_x2_y_64x64"."""
    return f"sesr_{origin.model}_{deployed.tile}"


def arena_bytes(compiled: Compiled) -> int:
    """Bytes to reserve for the runtime, in whole KiB."""
    return -(-(compiled.sram + ARENA_MARGIN) // 1024) * 1024


def npu_report(compiled: Compiled, deployed: Deployed | None = None) -> dict[str, Any]:
    """Vela's figures as data, with what they were made with."""
    figures: dict[str, Any] = {
        "cpu_operators": compiled.cpu_operators,
        "npu_operators": compiled.npu_operators,
        "cycles": compiled.cycles,
        "clock_hz": compiled.clock,
        "milliseconds": round(compiled.seconds * 1e3, 4),
        "sram_bytes": compiled.sram,
        "flash_bytes": compiled.flash,
        "dram_bytes": compiled.dram,
        "arena_bytes": arena_bytes(compiled),
        "macs": compiled.macs,
        "command": "vela " + " ".join(compiled.command),
        "versions": {
            "ethos-u-vela": compiled.version,
            "tensorflow": version("tensorflow"),
            "keras": version("keras"),
            "sesr": __version__,
        },
    }
    if deployed:
        figures["tensorflow_lite_micro"] = micro_report(deployed.litert)
        figures["lowering"] = {
            "shuffle": deployed.quantized.lowering.shuffle,
            "join": deployed.quantized.lowering.join,
            "cycles_of_each": {
                str(lowering): cycles for lowering, cycles in deployed.alternatives.items()
            },
        }
    return figures


def _write_networks(part: Path, deployed: Deployed, name: str) -> None:
    (part / f"{name}.tflite").write_bytes(deployed.litert)
    (part / f"{name}_vela.tflite").write_bytes(deployed.compiled.content)


def _write_sources(part: Path, deployed: Deployed, name: str) -> None:
    source = part / "src"
    source.mkdir()
    for kind, content in (
        ("compiled", deployed.compiled.content),
        ("litert", deployed.litert),
    ):
        text = array_source(SYMBOLS[kind], content, "sesr_network.h")
        (source / f"{SYMBOLS[kind]}.c").write_text(text)
    header = header_source(_macros(deployed, name), list(SYMBOLS.values()))
    (source / "sesr_network.h").write_text(header)
    for file in ("sesr_tiles.h", "sesr_tiles.c"):
        copy_data(file, source / file)


def _macros(deployed: Deployed, name: str) -> dict[str, int | float | str]:
    network = Int8Network(deployed.litert)
    _, height, width, channels = network.input_shape
    _, output_height, output_width, _ = network.output_shape
    input_scale, input_zero = network.input_quantization
    output_scale, output_zero = network.output_quantization
    return {
        "NAME": name,
        "TARGET": deployed.target.accelerator,
        "SCALE_FACTOR": deployed.network.scale,
        "CHANNELS": channels,
        "TILE_HEIGHT": height,
        "TILE_WIDTH": width,
        "HALO": deployed.tile.halo,
        "OUTPUT_HEIGHT": output_height,
        "OUTPUT_WIDTH": output_width,
        "INPUT_BYTES": height * width * channels,
        "OUTPUT_BYTES": output_height * output_width * channels,
        "INPUT_SCALE": input_scale,
        "INPUT_ZERO_POINT": input_zero,
        "OUTPUT_SCALE": output_scale,
        "OUTPUT_ZERO_POINT": output_zero,
        "ARENA_BYTES": arena_bytes(deployed.compiled),
    }


def vector_images(deployed: InTiles) -> dict[str, Int8Image]:
    """One tile each that is flat, noise, a photograph, and the photograph's last corner."""
    tile, network = deployed.tile, deployed.network
    shape = (tile.height, tile.width, network.channels)
    pixels = photo_pixels(deployed, tile.height, tile.width)
    noise = np.random.default_rng(0).integers(-128, 128, shape, dtype=np.int8)
    return {
        "flat": np.full(shape, 27, np.int8),
        "noise": noise,
        "photograph": pixels[: tile.height, : tile.width],
        "border": pixels[-tile.height :, -tile.width :],
    }


def photo_pixels(deployed: InTiles, height: int, width: int) -> Int8Image:
    """The package's photograph as the network takes it, at least so high and wide."""
    network = deployed.network
    photo = low_resolution(sample_photo(), network.scale, network.channels)
    times = [-(-need // have) for need, have in zip((height, width), photo.shape[:2], strict=True)]
    return to_int8_image(np.tile(photo, (*times, 1)))


def write_vectors(folder: Path, deployed: InTiles) -> None:
    """Write the inputs and outputs that a device must reproduce bit for bit."""
    folder.mkdir()
    network = deployed.run_int8(deployed.tile)
    for name, image in vector_images(deployed).items():
        (folder / f"{name}_input.bin").write_bytes(image.tobytes())
        (folder / f"{name}_output.bin").write_bytes(network(image).tobytes())


def write_manifest(
    part: Path,
    kind: str,
    target: str,
    operators: dict[str, list[str] | bool],
    deployed: InTiles,
    quality: Quality,
    origin: Origin,
) -> None:
    """Write what a folder holds and where it comes from, with the hashes of all its files.

    Args:
        part: the folder; everything else is in it already.
        kind: of the folder, one of those in `sesr.export.folder`.
        target: processor that it is for.
        operators: of the int8 network, and of further forms of it, by the name of the entry; and
            whether these are "exact", if that can be otherwise.
        deployed: the network in tiles.
        quality: what it was measured to reach.
        origin: of the export.
    """
    manifest = {
        "kind": kind,
        "name": bundle_name(deployed, origin),
        "made_by": f"sesr {__version__}",
        "command": origin.command,
        "model": {"name": origin.model, "sha256": origin.sha256},
        "target": target,
        "scale": deployed.network.scale,
        "channels": deployed.network.channels,
        "tile": [deployed.tile.height, deployed.tile.width],
        "halo": deployed.tile.halo,
        **operators,
        "psnr": {
            "measured_on": origin.measured_on,
            "images": quality.images,
            "float32_published_protocol": round(quality.published, 3),
            "float32": round(quality.float32, 3),
            "int8": round(quality.int8, 3),
            "loss": round(quality.loss, 3),
        },
        "calibration": origin.calibration,
        "license": origin.license,
        "files": hash_files(part),
    }
    write_json(part / MANIFEST, manifest)


def _readme(name: str, deployed: Deployed, quality: Quality) -> str:
    compiled, tile, target = deployed.compiled, deployed.tile, deployed.target
    luma = "The one channel is luma: Y of BT.601, from 16 to 235."
    black = round(deployed.quantized.network.image_range[0] * 255)
    values = {
        "name": name,
        "target": f"{target.accelerator} ({target.system}, {target.memory})",
        "cycles": f"{compiled.cycles:,}",
        "milliseconds": f"{compiled.seconds * 1e3:.2f}",
        "megahertz": f"{compiled.clock / 1e6:.0f}",
        "sram": f"{compiled.sram / 1024:.0f}",
        "flash": f"{compiled.flash / 1024:.0f}",
        "vela": compiled.version,
        "loss": f"{quality.loss:.3f}",
        "float32": f"{quality.float32:.2f}",
        "int8": f"{quality.int8:.2f}",
        "tile": str(tile),
        "kept": f"{tile.height - 2 * tile.halo}x{tile.width - 2 * tile.halo}",
        "halo": str(tile.halo),
        "zero_point": str(-OFFSET - black),
        "value": "(pixel - 128) / 255" if black else "pixel / 255",
        "enlarged": _enlarged(deployed.network),
        "colour": luma if deployed.network.channels == 1 else "The channels are R, G and B.",
    }
    return Template(data_file("bundle_readme.txt").read_text()).substitute(values)


def _enlarged(network: PlainNetwork) -> str:
    if network.stride == 1:
        return f"An image is enlarged {network.scale} times."
    return f"An image keeps its size, and its sides must be multiples of {network.stride}."

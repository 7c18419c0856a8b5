"""Measure what int8 loses, and what a network costs on every Ethos-U.

    python benchmarks/npu/quality.py Set5 Set14 --model M5 [--post-training] [--calibration PHOTOS]

Prints PSNR on Y by the protocol of the literature for each folder of images: float32 (as the
literature has it, and on the 8-bit images that a device gets), int8 tile by tile on LiteRT's
reference kernels, and what int8 loses against the float32 network of the package, a part of it by
rounding its output, which every picture of 8 bits pays; then Vela's cycles, milliseconds, SRAM and
flash of a tile on every target.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from sesr.export.npu.deploy import deploy
from sesr.export.npu.quality import measure
from sesr.export.npu.target import ACCELERATORS, find_target
from sesr.export.npu.tiles import TileShape
from sesr.export.npu.vela import compile_network
from sesr.export.source import find_source
from sesr.int8 import calibration_images
from sesr_app.export.photos import calibration_set, measuring_set


def main() -> None:
    """Parse the command line, measure, print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--model", default="M5")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--rgb", action="store_true")
    parser.add_argument("--tile", default="64x64")
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--post-training", action="store_true")
    parser.add_argument("--float", type=Path, help="compare int8 with this .keras file")
    arguments = parser.parse_args()
    channels = 3 if arguments.rgb else 1
    source = find_source(arguments.model, arguments.scale, channels, not arguments.post_training)
    if arguments.float:
        source = replace(source, float_path=arguments.float)
    network = source.load(arguments.scale)
    tile = TileShape.parse(arguments.tile, network.receptive_radius)
    photos = calibration_set(arguments.calibration)
    images = calibration_images(photos, arguments.scale, network.channels)
    deployed = deploy(network, tile, find_target("ethos-u55-128"), images)
    print(f"{source.name}, tile {tile}, lowering {deployed.quantized.lowering}")
    reference = source.load_float()
    for folder in arguments.folders:
        quality = measure(deployed, measuring_set(folder), reference)
        print(
            f"{folder.name:8} {quality.images:3d} images: published {quality.published:.3f}, "
            f"float32 {quality.float32:.3f}, int8 {quality.int8:.3f}, loss {quality.loss:.3f}, "
            f"of which the output's 8 bits {quality.float32 - quality.rounded:.3f}, "
            f"from published {quality.published - quality.int8:.3f}"
        )
    print(f"{'target':14} {'CPU ops':>7} {'cycles':>10} {'ms':>7} {'SRAM KiB':>8} {'flash KiB':>9}")
    for name in ACCELERATORS:
        compiled = compile_network(deployed.litert, find_target(name))
        print(
            f"{name:14} {compiled.cpu_operators:7d} {compiled.cycles:10,} "
            f"{compiled.seconds * 1e3:7.3f} {compiled.sram / 1024:8.1f} "
            f"{compiled.flash / 1024:9.1f}"
        )


if __name__ == "__main__":
    main()

"""Rank shapes of networks by Vela's cycles, untrained: what a network for the NPU should look like.

    python benchmarks/npu/shapes.py [--target ethos-u55-128] [--tile 64x64]

Each shape is x2 on Y with ReLU, in its fastest lowering; cycles do not depend on the training. The
last column is the share of the processor's multiply-accumulates that is used.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from sesr.catalog.sesr import VARIANTS, Kernel, Variant
from sesr.export.npu.deploy import deploy
from sesr.export.npu.target import find_target
from sesr.export.npu.tiles import TileShape
from sesr.int8 import calibration_images, calibration_photos
from sesr.lowering import Convolution, PlainNetwork

ROWS, COLUMNS = (3, 4), (4, 3)


def shape(
    name: str, blocks: int, features: int, first: Kernel, last: Kernel, *inner: Kernel
) -> Variant:
    """A network without the addition of features."""
    return Variant(
        name, blocks, features, 1, first=first, inner=inner, last=last, feature_residual=False
    )


SHAPES = (
    *(VARIANTS[name] for name in ("M2", "M3", "M5", "M7", "N5", "N7")),
    shape("M5 without additions of features", 5, 16, (5, 5), (5, 5), (3, 3)),
    shape("5 blocks, all 3x3", 5, 15, (3, 3), (3, 3), (3, 3)),
    shape("6 blocks, all 3x3", 6, 15, (3, 3), (3, 3), (3, 3)),
    shape("7 blocks, all 3x3", 7, 15, (3, 3), (3, 3), (3, 3)),
    shape("6 blocks, 3x4 and 4x3", 6, 15, (3, 3), (4, 4), ROWS, COLUMNS),
    shape("5 blocks, 3x4, 16 features", 5, 16, (3, 3), (4, 4), ROWS, COLUMNS),
    shape("4 blocks, 4x4", 4, 15, (4, 4), (4, 4), (4, 4)),
    shape("8 blocks, 2x4 and 4x2", 8, 15, (4, 4), (4, 4), (2, 4), (4, 2)),
    shape("15 blocks, 2x2", 15, 15, (4, 4), (4, 4), (2, 2)),
    shape("2 blocks, 3x4, 24 features", 2, 24, (4, 4), (4, 4), ROWS, COLUMNS),
    shape("3 blocks, 3x3, 31 features", 3, 31, (3, 3), (3, 3), (3, 3)),
)


def main() -> None:
    """Parse the command line, compile every shape, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="ethos-u55-128")
    parser.add_argument("--tile", default="64x64")
    arguments = parser.parse_args()
    target = find_target(arguments.target)
    macs_a_cycle = int(target.accelerator.rsplit("-", 1)[1])
    images = calibration_images(calibration_photos()[:4], 2, 1)
    print(f"{'shape':34} {'weights':>8} {'halo':>4} {'cycles':>9} {'ms':>6} {'KiB':>5} {'used':>5}")
    for variant in SHAPES:
        network = PlainNetwork(
            tuple(convolutions(variant)), 2, 1, feature_residual=variant.feature_residual
        )
        tile = TileShape.parse(arguments.tile, network.receptive_radius)
        compiled = deploy(network, tile, target, images).compiled
        macs = tile.height * tile.width * network.macs_per_pixel
        print(
            f"{variant.name:34} {network.macs_per_pixel:8,} {tile.halo:4d} {compiled.cycles:9,} "
            f"{compiled.seconds * 1e3:6.3f} {compiled.sram / 1024:5.0f} "
            f"{macs / macs_a_cycle / compiled.cycles:5.0%}",
            flush=True,
        )


def convolutions(variant: Variant) -> Iterator[Convolution]:
    """Random weights in a variant's shape, x2 on Y."""
    random = np.random.default_rng(0)
    sizes = [1, *[variant.features] * (variant.blocks + 1), 4]
    last = len(variant.kernels) - 1
    for index, (kernel, padding) in enumerate(zip(variant.kernels, variant.paddings, strict=True)):
        weights = random.normal(0, 0.1, (*kernel, *sizes[index : index + 2])).astype(np.float32)
        yield Convolution(
            f"convolution_{index}",
            weights,
            np.zeros(sizes[index + 1], np.float32),
            padding,
            "relu" if 0 < index < last else "linear",
            np.empty(0, np.float32),
        )


if __name__ == "__main__":
    main()

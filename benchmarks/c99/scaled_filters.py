"""What filters of fewer bits cost: dB, and the memory of the constants, bit by bit.

    python benchmarks/c99/scaled_filters.py Set5 --model M5

Transformed filters of int8 weights take 12 bits, of the 9-bit values in the paper 13; cut to 9 that
is the 30.77 % which it saves (Meng and Brothers, 2019), a shift of four, as 12 to 8 is here. The
loss is against the exact int8 network, by the C run on this computer. Needs a compiler of C.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sesr.export.c99.bundle import constant_bytes
from sesr.export.c99.choose import SCALED
from sesr.export.c99.deploy import deploy_in_c
from sesr.export.npu.quality import measure
from sesr.export.npu.tiles import TileShape
from sesr.export.source import find_source
from sesr.int8 import calibration_images, calibration_photos, sample_photo
from sesr_datasets.image_folder import find_images, read_image

SIDE = 64


def main() -> None:
    """Print a row of a Markdown table for every width."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="of photographs; default: one")
    parser.add_argument("--model", default="M5")
    options = parser.parse_args()
    folder = options.folder
    photos = [read_image(p) for p in find_images([folder])] if folder else [sample_photo()]
    network = find_source(options.model, 2, 1, int8_trained=True).load(2)
    tile = TileShape(SIDE, SIDE, network.receptive_radius)
    images = calibration_images(calibration_photos(), 2, 1)
    print("| filters | dB | loss | constants |\n|---|---|---|---|")
    exact = None
    for way in ("complex-winograd", *(f"{SCALED}:{bits}" for bits in range(11, 4, -1))):
        one = deploy_in_c(network, tile, images, convolution=way)
        found = measure(one, photos).int8
        exact = found if exact is None else exact
        size = constant_bytes(one)
        print(f"| {way} | {found:.3f} | {exact - found:.3f} | {size:,} |", flush=True)


if __name__ == "__main__":
    main()

"""Multiplications of inputs and weights, counted by the C itself while it enlarges a tile.

    python benchmarks/c99/multiplications.py M5 N5

The C is instrumented: every product of an input and a weight counts itself for the operation that
it is in. Nothing is taken from a formula. Needs a compiler of C.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from sesr.export.c99.choose import CONVOLUTIONS
from sesr.export.c99.deploy import DeployedC, deploy_in_c
from sesr.export.c99.host import SOURCES, build_host, find_compiler
from sesr.export.c99.integers import Convolve
from sesr.export.c99.source.text import template_file
from sesr.export.npu.tiles import TileShape
from sesr.export.source import find_source
from sesr.int8 import calibration_images, calibration_photos

SIDE = 64

PROLOGUE = "#include <stdio.h>\nstatic unsigned long counted[64];\nstatic int current;\n"
PRODUCT = re.compile(r"(product = value \* [wf]\[\d+\];)")
CALL = re.compile(r"(operation_(\d+)\((?:in, )?memory(?:, out)?, done\[\d+\]\);)")
END = "\n}\n\nint sesr_run_network"
PRINT = '\n    for (int k = 0; k < 64; k++) { (void)fprintf(stderr, "%lu\\n", counted[k]); }'


def instrumented(source: str) -> str:
    """The C of a network that counts its products, and prints that after a tile."""
    counting = PRODUCT.sub(r"\1 counted[current]++;", source)
    counting = CALL.sub(r"current = \2; \1", counting)
    return PROLOGUE + counting.replace(END, PRINT + END)


def count_products(one: DeployedC) -> list[int]:
    """Products of every operation of a network for one tile, in order."""
    compiler = find_compiler()
    if compiler is None:
        sys.exit("there is no compiler of C: install gcc or clang")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "sesr_network.c").write_text(instrumented(one.source("count")))
        (place / "sesr_network.h").write_text(one.header("count"))
        (place / SOURCES[0]).write_bytes(template_file(SOURCES[0]).read_bytes())
        build_host(compiler, place, place / "count", ("-O1",))
        tile = np.zeros(one.tile.height * one.tile.width * one.network.channels, np.int8)
        command = [str(place / "count")]
        ran = subprocess.run(command, input=tile.tobytes(), capture_output=True, check=True)
    said = [int(line) for line in ran.stderr.split()]
    return said[1 : len(one.integers.operations) + 1]


def inner_products(one: DeployedC, counted: list[int]) -> int:
    """Those of the 3x3 layers."""
    operations = zip(one.integers.operations, counted, strict=True)
    return sum(
        count
        for operation, count in operations
        if isinstance(operation, Convolve) and operation.kernel.shape[:2] == (3, 3)
    )


def main(models: list[str]) -> None:
    """Print a line for every model and way."""
    for model in models:
        network = find_source(model, 2, 1, int8_trained=True).load(2)
        tile = TileShape(SIDE, SIDE, network.receptive_radius)
        images = calibration_images(calibration_photos(), 2, 1)
        direct = (0, 0)
        for way in CONVOLUTIONS:
            one = deploy_in_c(network, tile, images, convolution=way)
            counted = count_products(one)
            found = sum(counted), inner_products(one, counted)
            direct = direct if any(direct) else found
            print(
                f"{model} {way}: {found[0]:,} multiplications a tile of {tile}, "
                f"{direct[0] / found[0]:.2f} times fewer than direct; in the 3x3 layers "
                f"{found[1]:,}, {direct[1] / found[1]:.2f} times fewer",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["M5"])

"""The C on this computer against LiteRT's int8 on one thread, in processor time a tile.

    python benchmarks/c99/desktop.py M5

A sanity check: LiteRT brings kernels in assembly for every generation of processors, the C what a
compiler makes of plain loops. Processor time, not the clock's, so that other work disturbs little.
Needs a compiler of C.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from sesr.engine import open_interpreter
from sesr.export.c99.choose import CONVOLUTIONS
from sesr.export.c99.deploy import DeployedC, deploy_in_c
from sesr.export.c99.host import SOURCES, build_host, find_compiler, run_host
from sesr.export.c99.source.text import template_file
from sesr.export.npu.tiles import TileShape
from sesr.export.source import find_source
from sesr.int8 import calibration_images, calibration_photos

SIDE, TILES = 64, 100
OPTIONS = ("-O3", "-march=native")


def time_c(one: DeployedC, compiler: str) -> float:
    """Milliseconds a tile."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "sesr_network.c").write_text(one.source("desktop"))
        (place / "sesr_network.h").write_text(one.header("desktop"))
        (place / SOURCES[0]).write_bytes(template_file(SOURCES[0]).read_bytes())
        build_host(compiler, place, place / "run", OPTIONS)
        tiles = np.random.default_rng(0).integers(-128, 128, TILES * SIDE**2, np.int8).tobytes()
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        run_host(place / "run", tiles)
        return (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before) / TILES * 1e3


def time_litert(content: bytes) -> float:
    """Milliseconds a tile."""
    interpreter = open_interpreter(content, 1)
    source = interpreter.get_input_details()[0]
    tile = np.random.default_rng(0).integers(-128, 128, source["shape"], np.int8)
    interpreter.set_tensor(source["index"], tile)
    interpreter.invoke()
    before = time.process_time()
    for _ in range(TILES):
        interpreter.invoke()
    return (time.process_time() - before) / TILES * 1e3


def main(models: list[str]) -> None:
    """Print a line for every model and way."""
    compiler = find_compiler()
    if compiler is None:
        sys.exit("there is no compiler of C: install gcc or clang")
    for model in models:
        network = find_source(model, 2, 1, int8_trained=True).load(2)
        tile = TileShape(SIDE, SIDE, network.receptive_radius)
        images = calibration_images(calibration_photos(), 2, 1)
        ways = {w: deploy_in_c(network, tile, images, convolution=w) for w in CONVOLUTIONS}
        litert = time_litert(ways["direct"].litert)
        print(f"{model} LiteRT int8, one thread: {litert:.2f} ms a tile of {tile}")
        for way, one in ways.items():
            taken = time_c(one, compiler)
            print(
                f"{model} C {way}, {Path(compiler).name} {' '.join(OPTIONS)}: {taken:.2f} ms, "
                f"{taken / litert:.2f} times as long",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["M5"])

"""Measure what `sesr upscale` costs beside the bare network, and the network beside the machine.

    python benchmarks/speed/upscale.py [PHOTOGRAPH]

One run on an idle machine prints: the cold command on a 1920x1080 photograph to a 3840x2160 PNG in
float32 and in int8 (time, time of all cores, largest memory), the bare LiteRT inference of the same
image in float32 and in one piece, and how many times as long as that each command takes; and the
GFLOP/s of a tile beside those of a large float32 matrix product. Commands and inference take turns.
The ratio of processor times holds on a busy machine too, but counts for nothing that some cores
wait while Python starts. Only the ratios carry over to other machines.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from sample import SAMPLE, fill_frame
from timing import median_time

from sesr.catalog.shipped import find_model
from sesr.engine.litert import LiteRTNetwork
from sesr.pixels.luma import split_luma

WIDTH, HEIGHT = 1920, 1080
TILE = 256
PRECISIONS = ("float32", "int8")


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--runs", type=int, default=7, help="of each; the median counts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        Image.fromarray(fill_frame(arguments.photograph, WIDTH, HEIGHT)).save(path, quality=95)
        bare, commands = _take_turns(path, arguments.runs)
    tile, matrix = _tile_gflops(arguments.runs), _matrix_gflops(arguments.runs)
    figures = {
        "bare_inference_s": round(bare.seconds, 3),
        "command": {
            precision: {
                "cold_s": round(spent.seconds, 3),
                "over_inference": round(spent.seconds / bare.seconds, 2),
                "cpu_over_inference": round(spent.cpu / bare.cpu, 2),
                "peak_memory_mb": round(spent.memory),
            }
            for precision, spent in commands.items()
        },
        "tile_gflops": round(tile, 1),
        "matrix_product_gflops": round(matrix, 1),
        "tile_over_matrix_product": round(tile / matrix, 2),
    }
    print(json.dumps(figures, indent=2))


class _Cost(NamedTuple):
    """Seconds on the clock, seconds of all cores, and the largest memory in MB."""

    seconds: float
    cpu: float
    memory: float

    @classmethod
    def median(cls, costs: list[_Cost]) -> _Cost:
        return cls(*(statistics.median(column) for column in zip(*costs, strict=True)))


def _take_turns(path: Path, runs: int) -> tuple[_Cost, dict[str, _Cost]]:
    """The bare inference and the command in each precision, one after the other."""
    bare: list[_Cost] = []
    commands: dict[str, list[_Cost]] = {precision: [] for precision in PRECISIONS}
    # A process that is started counts the memory of the one that started it as its own.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        for _ in range(runs + 1):
            bare.append(pool.submit(_bare_inference, path).result())
            for precision in PRECISIONS:
                commands[precision].append(_cold_command(path, precision))
    # The first of each prepares the network, or reads files that nobody has read before.
    medians = {precision: _Cost.median(costs[1:]) for precision, costs in commands.items()}
    return _Cost.median(bare[1:]), medians


@cache
def _prepared(path: Path) -> tuple[LiteRTNetwork, np.ndarray]:
    luma = split_luma(np.asarray(Image.open(path)))[..., np.newaxis]
    return LiteRTNetwork(find_model("M5", 2).litert), luma


def _bare_inference(path: Path) -> _Cost:
    """The network alone on the whole image."""
    network, luma = _prepared(path)
    began, cpu = time.perf_counter(), time.process_time()
    network(luma)
    return _Cost(time.perf_counter() - began, time.process_time() - cpu, 0)


def _cold_command(path: Path, precision: str) -> _Cost:
    """`sesr upscale` as a process of its own."""
    command = [sys.executable, "-m", "sesr_app", "upscale", str(path), "--precision", precision]
    command += ["-o", str(path.with_suffix(".png")), "--overwrite"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit("upscale: sesr upscale failed")
    memory = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return _Cost(seconds, usage.ru_utime + usage.ru_stime, memory)


def _tile_gflops(runs: int) -> float:
    model = find_model("M5", 2)
    tile = np.random.default_rng(0).random((TILE, TILE, 1), dtype=np.float32)
    network = LiteRTNetwork(model.litert)
    operations = 2 * TILE * TILE * model.card.parameters
    return operations / median_time(lambda: network(tile), 5 * runs) / 1e9


def _matrix_gflops(runs: int) -> float:
    side = 2048
    matrix = np.random.default_rng(0).random((side, side), dtype=np.float32)
    return 2 * side**3 / median_time(lambda: matrix @ matrix, runs) / 1e9


if __name__ == "__main__":
    main()

"""Measure what `sesr upscale` costs beside the bare network, and the network beside the machine.

    python benchmarks/speed/upscale.py [PHOTOGRAPH]

One run on an idle machine prints: the cold command on a 1920x1080 photograph to a 3840x2160 PNG
(time, largest memory), the bare LiteRT inference of the same image in one piece, their ratio; and
the GFLOP/s of a tile beside those of a large float32 matrix product. Only the ratios carry over
to other machines.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sample import SAMPLE, fill_frame
from timing import median_time

from sesr.catalog.shipped import find_model
from sesr.engine.litert import LiteRTNetwork
from sesr.pixels.luma import split_luma

WIDTH, HEIGHT = 1920, 1080
TILE = 256


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--runs", type=int, default=7, help="of each; the median counts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        Image.fromarray(fill_frame(arguments.photograph, WIDTH, HEIGHT)).save(path, quality=95)
        cold, memory = _cold_command(path, arguments.runs)
        bare = _bare_inference(path, arguments.runs)
    tile, matrix = _tile_gflops(arguments.runs), _matrix_gflops(arguments.runs)
    figures = {
        "cold_command_s": round(cold, 3),
        "bare_inference_s": round(bare, 3),
        "command_over_inference": round(cold / bare, 2),
        "peak_memory_mb": round(memory),
        "tile_gflops": round(tile, 1),
        "matrix_product_gflops": round(matrix, 1),
        "tile_over_matrix_product": round(tile / matrix, 2),
    }
    print(json.dumps(figures, indent=2))


def _cold_command(path: Path, runs: int) -> tuple[float, float]:
    """Seconds of `sesr upscale` as a process of its own, and its largest memory in MB."""
    import resource

    command = [str(Path(sys.executable).with_name("sesr")), "upscale", str(path)]
    command += ["-o", str(path.with_suffix(".png")), "--overwrite"]
    seconds = median_time(
        lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), runs
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, peak / (1e6 if sys.platform == "darwin" else 1e3)


def _bare_inference(path: Path, runs: int) -> float:
    """Seconds of the network alone on the whole image, prepared beforehand."""
    luma = split_luma(np.asarray(Image.open(path)))[..., np.newaxis]
    network = LiteRTNetwork(find_model("M5", 2).litert)
    return median_time(lambda: network(luma), runs)


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

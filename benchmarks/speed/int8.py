"""Measure int8 beside float32: the network, an image, and a folder of small photographs.

    python benchmarks/speed/int8.py [PHOTOGRAPH]

One run prints the time of both and how many times as fast int8 is: the network alone on luma, and
from RGB array to RGB array, both for 960x540 and of one thread; and the whole command on a folder
of JPEGs of 320x240. Both take turns. The first two are processor time, so that other work on the
machine disturbs little; the command is also given in processor time, of all its threads.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image
from sample import SAMPLE, fill_frame

from sesr import Upscaler
from sesr.pixels.luma import split_int8_luma, split_luma
from sesr_app.terminal.native import keep_freed_memory

WIDTH, HEIGHT = 960, 540
SMALL_WIDTH, SMALL_HEIGHT = 320, 240
QUALITY = 95
"""Of the JPEGs: networks for artefacts, which less would ask for, are in float32 alone."""

PRECISIONS = ("float32", "int8")


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--model", default="M5")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--runs", type=int, default=7, help="of each; the median counts")
    arguments = parser.parse_args()
    keep_freed_memory()
    figures = {}
    image = fill_frame(arguments.photograph, WIDTH, HEIGHT)
    luma = {"float32": split_luma(image), "int8": split_int8_luma(image)}
    networks = {
        precision: Upscaler(arguments.model, threads=1, precision=precision)
        for precision in PRECISIONS
    }
    figures["network"] = _compare(
        lambda precision: networks[precision].luma(luma[precision]), arguments.runs
    )
    figures["rgb_to_rgb"] = _compare(lambda precision: networks[precision](image), arguments.runs)
    with tempfile.TemporaryDirectory() as folder:
        _write_crops(image, Path(folder) / "in", arguments.images)
        figures["command"] = _compare(
            lambda precision: _command(Path(folder), arguments.model, precision),
            max(arguments.runs // 2, 1),
        )
    print(json.dumps({"model": arguments.model, **figures}, indent=2))


def _compare(run: Callable[[str], object], runs: int) -> dict[str, float]:
    """Processor time of both precisions, which take turns."""
    times: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
    for _ in range(runs + 1):
        for precision in PRECISIONS:
            began = _processor_time()
            run(precision)
            times[precision].append(_processor_time() - began)
    seconds = {precision: median(times[precision][1:]) for precision in PRECISIONS}
    return {
        **{f"{precision}_ms": round(1e3 * seconds[precision], 1) for precision in PRECISIONS},
        "times_as_fast": round(seconds["float32"] / seconds["int8"], 2),
    }


def _processor_time() -> float:
    """Of this process and those that it waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _write_crops(image: np.ndarray, folder: Path, count: int) -> None:
    folder.mkdir()
    random = np.random.default_rng(0)
    for index in range(count):
        top = int(random.integers(HEIGHT - SMALL_HEIGHT + 1))
        left = int(random.integers(WIDTH - SMALL_WIDTH + 1))
        crop = image[top : top + SMALL_HEIGHT, left : left + SMALL_WIDTH]
        Image.fromarray(crop).save(folder / f"{index:03d}.jpg", quality=QUALITY)


def _command(folder: Path, model: str, precision: str) -> None:
    command = [sys.executable, "-m", "sesr_app", "upscale", str(folder / "in"), "--quiet"]
    command += ["-o", str(folder / "out"), "--overwrite", "--model", model]
    subprocess.run([*command, "--precision", precision], check=True)


if __name__ == "__main__":
    main()

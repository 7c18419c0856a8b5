"""Measure a batch of small images beside the bare engine on the same images.

    python benchmarks/speed/batch.py [PHOTOGRAPH]

One run prints images a second of: one LiteRT interpreter with all cores on one image after the
other; the engine as the package runs it, an image to a core, both on the luma of the images,
prepared beforehand; the files of the same images decoded, upscaled and encoded by the code of
`sesr upscale` in this process; and the whole command, its start included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image
from sample import SAMPLE

from sesr.catalog.shipped import find_model
from sesr.engine import open_engine
from sesr.engine.litert import LiteRTNetwork
from sesr.pixels.luma import split_luma
from sesr_app.terminal.native import keep_freed_memory
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.inputs import find_inputs
from sesr_app.upscale.plan.naming import Naming
from sesr_app.upscale.plan.outputs import plan_jobs
from sesr_app.upscale.plan.settings import Settings
from sesr_app.upscale.plan.sizing import Sizing
from sesr_app.upscale.run import BATCH_TILE
from sesr_app.upscale.runner import JobRunner

WIDTH, HEIGHT = 320, 240


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--format", default="jpg", help="of the files, in and out")
    parser.add_argument("--runs", type=int, default=5, help="of each; the median counts")
    arguments = parser.parse_args()
    keep_freed_memory()
    crops = _crops(arguments.photograph, arguments.images)
    with tempfile.TemporaryDirectory() as folder:
        for index, crop in enumerate(crops):
            path = Path(folder) / "in" / f"{index:03d}.{arguments.format}"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(crop).save(path, quality=95)
        times = _measure(crops, Path(folder), arguments.runs)
    interpreter, engine, batch, command = (median(column) for column in zip(*times, strict=True))
    figures = {
        "images": len(crops),
        "size": f"{WIDTH}x{HEIGHT}",
        "interpreter_images_per_s": round(len(crops) / interpreter, 1),
        "engine_images_per_s": round(len(crops) / engine, 1),
        "batch_images_per_s": round(len(crops) / batch, 1),
        "command_images_per_s": round(len(crops) / command, 1),
        "batch_over_interpreter": round(median(i / b for i, _, b, _ in times), 2),
        "batch_over_engine": round(median(e / b for _, e, b, _ in times), 2),
        "command_over_engine": round(median(e / c for _, e, _, c in times), 2),
    }
    print(json.dumps(figures, indent=2))


def _measure(crops: list[np.ndarray], folder: Path, runs: int) -> list[tuple[float, ...]]:
    """Seconds of each, one after the other, so that every round is fair."""
    contenders = (
        _interpreter_run(crops),
        _engine_run(crops),
        _batch_run(folder),
        lambda: _command(folder),
    )
    rounds = [tuple(_seconds(run) for run in contenders) for _ in range(runs + 1)]
    return rounds[1:]


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _crops(photograph: Path, count: int) -> list[np.ndarray]:
    pixels = np.asarray(Image.open(photograph).convert("RGB"))
    random = np.random.default_rng(0)
    limits = (pixels.shape[0] - HEIGHT + 1, pixels.shape[1] - WIDTH + 1)
    corners = [tuple(int(random.integers(limit)) for limit in limits) for _ in range(count)]
    return [pixels[top : top + HEIGHT, left : left + WIDTH] for top, left in corners]


def _interpreter_run(crops: list[np.ndarray]) -> Callable[[], object]:
    network = LiteRTNetwork(find_model("M5", 2).litert)
    lumas = [split_luma(crop)[..., np.newaxis] for crop in crops]
    return lambda: [network(luma).shape for luma in lumas]


def _engine_run(crops: list[np.ndarray]) -> Callable[[], object]:
    engine = open_engine("litert", find_model("M5", 2))
    lumas = [split_luma(crop)[..., np.newaxis] for crop in crops]
    pool = ThreadPoolExecutor(engine.workers)
    return lambda: list(pool.map(lambda luma: engine(luma).shape, lumas))


def _batch_run(folder: Path) -> Callable[[], object]:
    enlarger = Enlarger("M5")
    enlarger.tile = BATCH_TILE
    images = find_inputs([str(folder / "in")]).images
    naming = Naming("x2", overwrite=True)

    def run() -> None:
        jobs = plan_jobs(images, str(folder / "out"), naming)
        batch = JobRunner(jobs, enlarger, Settings(Sizing(2)), lambda *parts: None)
        if any(outcome.status != "ok" for outcome in batch.run()):
            raise SystemExit("an image failed")

    return run


def _command(folder: Path) -> None:
    command = [sys.executable, "-m", "sesr_app", "upscale", str(folder / "in")]
    command += ["-o", str(folder / "out"), "--overwrite", "--quiet"]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

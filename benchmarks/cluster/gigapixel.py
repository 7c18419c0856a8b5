"""Time and memory of one large image in parts, and what a gigapixel would take.

    python benchmarks/cluster/gigapixel.py --side 8000
    python benchmarks/cluster/gigapixel.py --side 32768 --rows 1600    # the memory of a gigapixel
    python benchmarks/cluster/gigapixel.py --side 32768 --nodes 4

A photograph, mirrored until it fills the side, is written as a tiled BigTIFF and enlarged by
`sesr upscale --tiled`, with `--nodes` by so many nodes of one processor on this machine. Prints
seconds, processor time and the largest memory of every process, and compares some windows of the
result with what `Upscaler` makes of a piece of the image around them.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from sesr import Upscaler
from sesr_app.images import Metadata
from sesr_app.images.decode.tiff_rows import TiffRows
from sesr_app.images.encode.tiled_tiff import TILE_SIDE, pack_tiles, write_tiled

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "guitar.webp"
SPLIT = 64
"""Pixels around a window that its result may depend on."""

WINDOW = 300


class Used(NamedTuple):
    """What a command took: seconds, seconds of processor, and megabytes of its largest process."""

    seconds: float
    busy: float
    megabytes: float


def bands(rows: int, side: int) -> Iterator[npt.NDArray[np.uint8]]:
    """The rows of the image, of which only some are in memory."""
    photograph = np.asarray(Image.open(SAMPLE).convert("RGB"))
    across = np.concatenate([photograph, photograph[:, ::-1]], axis=1)
    whole = np.concatenate([across, across[::-1]])
    columns = np.arange(side) % whole.shape[1]
    for top in range(0, rows, TILE_SIDE):
        taken = np.arange(top, min(top + TILE_SIDE, rows)) % whole.shape[0]
        yield whole[taken][:, columns]


def make(path: Path, rows: int, side: int) -> None:
    """Write the image; its packed tiles wait in a file of their own."""
    with tempfile.TemporaryFile(dir=path.parent) as waiting, path.open("wb") as file:
        sizes = [waiting.write(tile) for tile in pack_tiles(bands(rows, side))]
        waiting.seek(0)
        pieces = iter(lambda: waiting.read(1 << 22), b"")
        write_tiled(file, (rows, side, 3), np.dtype(np.uint8), sizes, pieces, Metadata(), print)


def enlarge(source: Path, target: Path, *options: str) -> Used:
    """Run the command."""
    command = [sys.executable, "-m", "sesr_app", "upscale", source, "-o", target, "--tiled",
               "--max-megapixels", "1e6", *options]  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("the command failed")
    busy = used.ru_utime + used.ru_stime
    return Used(time.perf_counter() - began, busy, used.ru_maxrss / 1000)


def check(source: Path, target: Path, model: str, scale: int) -> None:
    """Compare windows, some of them across tiles and parts, with the same from pieces."""
    small, large = (TiffRows(path.name, lambda p=path: p.open("rb")) for path in (source, target))  # type: ignore[misc]
    upscale = Upscaler(model, scale)
    chance = random.Random(0)  # noqa: S311
    for _ in range(4):
        top, left = (chance.randrange(SPLIT, side - WINDOW - SPLIT) for side in small.shape[:2])
        rows = small.read(range(top - SPLIT, top + WINDOW + SPLIT))
        piece = upscale(np.ascontiguousarray(rows[:, left - SPLIT : left + WINDOW + SPLIT]))
        inside = slice(SPLIT * scale, (SPLIT + WINDOW) * scale)
        found = large.read(range(top * scale, (top + WINDOW) * scale))
        found = found[:, left * scale : (left + WINDOW) * scale]
        if not np.array_equal(found, piece[inside, inside]):
            raise SystemExit(f"the window at {top}, {left} is another")


class Workers:
    """Watches the memory and processor time of the processes of a cluster that make parts."""

    def __init__(self) -> None:
        self.memory: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Workers:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if (process / "cmdline").read_bytes().startswith(b"ray::make_parts"):
                        lines = dict(line.split(":", 1) for line in (process / "status").open())
                        self.memory[int(process.name)] = int(lines["VmHWM"].split()[0]) / 1000
                except OSError:
                    # It has ended meanwhile.
                    continue


def cluster_of(nodes: int) -> Any:
    """So many nodes of one processor, or none."""
    if not nodes:
        return nullcontext()
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from ray_nodes import ray_nodes

    return ray_nodes(nodes)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--side", type=int, default=8000)
    parser.add_argument("--rows", type=int, help="only so many of a square image")
    parser.add_argument("--model", default="M5")
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="with room for the image and twice its result")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(dir=asked.folder) as folder,
        cluster_of(asked.nodes) as cluster,
    ):
        source, target = Path(folder, "image.tif"), Path(folder, "result.tif")
        rows = asked.rows or asked.side
        make(source, rows, asked.side)
        options = ["--model", asked.model, "--scale", str(asked.scale)]
        options += ["--cluster", cluster.address] if cluster else ["--threads", str(asked.threads)]
        with Workers() as workers:
            used = enlarge(source, target, *options)
        check(source, target, asked.model, asked.scale)
        megapixels = rows * asked.side / 1e6
        print(f"{megapixels:,.0f} megapixels ({source.stat().st_size / 1e6:,.0f} MB) to "
              f"{target.stat().st_size / 1e6:,.0f} MB in {used.seconds:.1f} s, {used.busy:.1f} s "
              f"of processor in the command, at most {used.megabytes:.0f} MB")  # fmt: skip
        for process, megabytes in workers.memory.items():
            print(f"  worker {process}: at most {megabytes:.0f} MB")
        print(f"a gigapixel at that rate: {used.seconds * 1000 / megapixels / 60:.1f} min")


if __name__ == "__main__":
    main()

"""One node of one processor against two, and against the plain command with one thread.

    taskset -c 0,1 python benchmarks/cluster/nodes.py --photographs 1000 --side 512

Wants as many idle processors as nodes; with fewer the ratio means nothing, and is not printed.
Prints the seconds of each, from the first photograph done to the last for the rate, and what comes
before it, Ray's start among it, apart. Seconds of processor a photograph, those of the command and
of all processes of the nodes, tell the cost of the cluster where processors are not idle.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

NODE = {"include_dashboard": False, "object_store_memory": 80_000_000}

_LOOK = 0.5
"""Seconds between two looks at the processes."""


class Timing(NamedTuple):
    """Seconds before the first photograph, photographs a second from then on, and seconds of
    processor in all processes."""

    start: float
    rate: float
    busy: float


def make_photographs(folder: Path, count: int, side: int) -> None:
    """Photographs with something to see, each another."""
    rng = np.random.default_rng(0)
    for number in range(count):
        small = rng.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8)
        image = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"p{number:05}.jpg"), image)


def run(photographs: Path, *options: str) -> Timing:
    """Time a command by the lines that it prints."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "sesr_app", "upscale", photographs, "-o", out, *options]
        before, began = busy_children(), time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout  # noqa: S101
        moments, busy, looked = [], busy_children(), began
        for _ in process.stdout:
            moments.append(time.perf_counter())
            # Later than this the processes of the nodes may have ended.
            if moments[-1] - looked > _LOOK:
                busy, looked = busy_children(), moments[-1]
        if process.wait():
            raise SystemExit("the command failed")
    # Those of a task come together, so the first moment counts for its last line.
    first = sum(1 for moment in moments if moment - moments[0] < 0.05)
    rate = (len(moments) - first) / (moments[-1] - moments[0])
    return Timing(moments[0] - began, rate, busy - before)


def on_nodes(count: int, photographs: Path) -> Timing:
    """Time a cluster of so many nodes, started before."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **NODE})
    try:
        for _ in range(count):
            cluster.add_node(num_cpus=1, **NODE)
        return run(photographs, "--cluster", cluster.address)
    finally:
        cluster.shutdown()


def busy_children() -> float:
    """Seconds of processor of all processes that this one, or one of its own, has started."""
    spent, parents = {}, {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            # It has ended meanwhile.
            continue
        parents[int(process.name)] = int(fields[1])
        spent[int(process.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in ours} - ours:
        ours |= more
    ticks = sum(spent[process] for process in ours - {os.getpid()})
    return ticks / os.sysconf("SC_CLK_TCK")


def tell(name: str, found: Timing, photographs: int, against: str = "") -> None:
    """Print a line."""
    print(
        f"{name:8} start {found.start:6.1f} s   {found.rate:7.2f} a second   "
        f"{found.busy / photographs:.4f} s of processor a photograph{against}",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photographs", type=int, default=1000)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    processors = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        make_photographs(Path(folder), asked.photographs, asked.side)
        plain = run(Path(folder), "--threads", "1")
        tell("plain", plain, asked.photographs)
        rates = {}
        for count in asked.nodes:
            found = on_nodes(count, Path(folder))
            rates[count] = found.rate
            against = f"   {found.rate / plain.rate:.2f} of plain" if count <= processors else ""
            tell(f"{count} nodes", found, asked.photographs, against)
    first, last = min(rates), max(rates)
    if processors >= last > first:
        print(f"{last} nodes against {first}: {rates[last] / rates[first]:.2f} times")


if __name__ == "__main__":
    main()

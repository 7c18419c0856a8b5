"""A node killed at random points of a small job, and whether that costs a result.

    python benchmarks/cluster/faults.py --points 10 --photographs 40

Starts an object store that speaks S3, a head and two nodes of one processor on this machine. In
each job one node is killed, at once and without a word, when a random result is being written; a
new one takes its place for the next. Every result must be there, byte for byte that of the plain
command, and written at most twice. The store is far away: each request takes a tenth of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from photos import make_photo  # noqa: E402
from ray_nodes import NODE, ray_nodes  # noqa: E402
from store import Proxy, Store, environment, object_store  # noqa: E402

BUCKET = "large"
FAR = 0.1
"""Seconds that a request to the store takes."""


@dataclass
class Writes:
    """Counts the results of a job that are written, and tells when there are so many.

    Attributes:
        enough: so many.
        reached: set then.
        counts: of every name.
    """

    enough: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)

    def see(self, number: int, method: str, path: str) -> None:
        """A request to the store."""
        name = path.partition("?")[0].rpartition("/")[2]
        if method == "PUT" and "/.sesr/" not in path and name.endswith(".png"):
            self.counts[name] += 1
            if self.counts.total() == self.enough:
                self.reached.set()
        time.sleep(FAR)

    def begin(self, enough: int) -> None:
        """Another job."""
        self.enough = enough
        self.reached.clear()
        self.counts.clear()


class Job(NamedTuple):
    """Photographs, and what the plain command makes of them."""

    photographs: Path
    expected: dict[str, bytes]


def prepare(folder: Path, count: int) -> Job:
    """Make photographs and enlarge them."""
    photographs, plain = folder / "in", folder / "plain"
    photographs.mkdir()
    for seed in range(count):
        image = Image.fromarray(make_photo(24, 32, seed=seed))
        image.save(photographs / f"p{seed:03}.png")
    sesr(photographs, "-o", plain).wait()
    return Job(photographs, {path.name: path.read_bytes() for path in plain.glob("*.png")})


def sesr(*words: object) -> subprocess.Popen[str]:
    """Start the command."""
    command = [sys.executable, "-m", "sesr_app", "upscale", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, text=True)


def kill_at(point: int, cluster: Any, store: Store, writes: Writes, job: Job) -> bool:
    """One job, the end of a node and a line about it; whether all is well."""
    chance = random.Random(point)  # noqa: S311
    expected, folder = job.expected, f"out{point}"
    writes.begin(chance.randrange(1, len(expected)))
    began = time.perf_counter()
    process = sesr(job.photographs, "-o", f"s3://{BUCKET}/{folder}", "--cluster", cluster.address)
    while not writes.reached.wait(1) and process.poll() is None:
        pass
    time.sleep(chance.uniform(0, 2 * FAR))
    cluster.remove_node(chance.choice(list(cluster.worker_nodes)), allow_graceful=False)
    code = process.wait(600)
    names = store.names(BUCKET, f"{folder}/")
    made = {name.rpartition("/")[2]: store.get(BUCKET, name) for name in names}
    identical = sum(made.get(name) == content for name, content in expected.items())
    twice = sum(count == 2 for count in writes.counts.values())
    more = sum(count > 2 for count in writes.counts.values())
    half = sum(name not in expected or made[name] != expected[name] for name in made)
    told = len(manifest(store, folder))
    seconds = time.perf_counter() - began
    print(
        f"point {point:2}: a node killed at result {writes.enough:3}: {identical} of "
        f"{len(expected)} identical, {twice} written twice, {more} more often, {half} "
        f"half-written, {told} in the manifest, exit code {code}, {seconds:.0f} s",
        flush=True,
    )
    return (identical, more, half, told, code) == (len(expected), 0, 0, len(expected), 0)


def manifest(store: Store, folder: str) -> set[str]:
    """The inputs that it names."""
    listed = store.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{folder}/.sesr/manifest/")
    parts = [store.get(BUCKET, entry["Key"]).splitlines() for entry in listed.get("Contents", ())]
    return {json.loads(line)["input"] for part in parts for line in part}


def main() -> None:
    """Kill nodes and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=10)
    parser.add_argument("--photographs", type=int, default=40)
    asked = parser.parse_args()
    writes, well = Writes(), []
    with tempfile.TemporaryDirectory() as folder, object_store() as store:
        job = prepare(Path(folder), asked.photographs)
        store.s3.create_bucket(Bucket=BUCKET)
        with Proxy(store, writes.see).running() as proxy:
            # Nodes hand on to their workers what they were started with.
            os.environ.update(environment(proxy.port))
            with ray_nodes(2) as cluster:
                for point in range(1, asked.points + 1):
                    well.append(kill_at(point, cluster, store, writes, job))
                    cluster.add_node(num_cpus=1, **NODE)
    print(f"{sum(well)} of {len(well)} jobs lost nothing")
    if not all(well):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

"""What a job of any size would take, on paper and by a simulation of its tasks.

    python benchmarks/cluster/plan.py
    python benchmarks/cluster/plan.py --photographs 1e8 --nodes 1000 --seconds 0.9 --jobs 12

The rates are options. Those of a driver were measured on a busy machine, in seconds of processor:
an entry by `listing.py`, a task by two thousand empty ones. A photograph of two megapixels takes M5
about a second of one (0.135 s for 512x512); how often nodes fail is assumed. On paper,
every stage takes its time as if it were alone, and the slowest is the job's. The simulation sends
task after task from the drivers to the workers of a smaller share of the job, kills nodes at random
and makes their tasks again; both should agree.
"""

from __future__ import annotations

import argparse
import heapq
import random
from dataclasses import dataclass
from typing import NamedTuple

TASK = 8
"""Photographs of a task."""

LIST_DOLLARS, PUT_DOLLARS, GET_DOLLARS = 5e-6, 5e-6, 4e-7
"""Of a request, as Amazon asked for standard storage in 2025; data within a region are free."""

RECORD, LINES = 600, 1000
"""Bytes of a line of the manifest, and lines of a part."""


@dataclass(frozen=True)
class Job:
    """A job and the rates that it runs at.

    Attributes:
        photographs: to enlarge.
        nodes, cpus: machines, and workers of one processor on each.
        seconds: of one worker for a photograph, its copies included.
        entry: seconds of a driver to list an entry; each photograph is listed with its result.
        task: seconds of a driver to send a task and take its answer.
        record: seconds of a driver to tell what became of a photograph.
        hours: between two failures of a node.
        jobs: drivers beside each other, each with a prefix of the bucket.
    """

    photographs: float
    nodes: int
    cpus: int
    seconds: float
    entry: float
    task: float
    record: float
    hours: float
    jobs: int

    @property
    def workers(self) -> int:
        """Processes that enlarge."""
        return self.nodes * self.cpus

    @property
    def tasks(self) -> int:
        """Chunks of photographs."""
        return -(-int(self.photographs) // TASK)

    def stages(self) -> dict[str, float]:
        """Seconds that each stage takes alone."""
        return {
            "enlarging": self.photographs * self.seconds / self.workers,
            "listing": 2 * self.photographs * self.entry / self.jobs,
            "driving": (self.tasks * self.task + self.photographs * self.record) / self.jobs,
        }

    def needed_jobs(self) -> int:
        """Drivers that do not hold up the workers: a driver lists and drives on one processor."""
        alone = {**self.__dict__, "jobs": 1}
        stages = Job(**alone).stages()
        return -int(-(stages["listing"] + stages["driving"]) // stages["enlarging"])


class Simulated(NamedTuple):
    """What became of a simulated job: seconds, and photographs computed again."""

    seconds: float
    again: int


def simulate(job: Job, seed: int = 0) -> Simulated:
    """Send every task of a job to the worker that is free first.

    A node that fails loses what its workers have begun, which is made again, and comes back.
    """
    chance = random.Random(seed)  # noqa: S311
    free = [0.0] * job.workers
    busy = TASK * job.seconds
    # A driver sends so many tasks a second, its listing included.
    pace = (2 * TASK * job.entry + job.task + TASK * job.record) / job.jobs
    failing = busy / (job.hours * 3600)
    again = 0
    end = 0.0
    for number in range(job.tasks):
        begin = max(heapq.heappop(free), number * pace)
        done = begin + busy * chance.uniform(0.8, 1.2)
        if chance.random() < failing:
            # The worker's node has failed meanwhile; on average half of the task was done.
            again += TASK
            done += busy * 0.5
        heapq.heappush(free, done)
        end = max(end, done)
    return Simulated(end, again)


def report(job: Job, share: float) -> None:
    """Print the plan and the check."""
    stages = job.stages()
    slowest = max(stages, key=lambda name: stages[name])
    parts = job.photographs / LINES + job.workers
    writes = job.photographs + job.tasks
    lists = 2 * job.photographs / 1000
    dollars = lists * LIST_DOLLARS + writes * PUT_DOLLARS + job.photographs * GET_DOLLARS
    failures = job.nodes * stages[slowest] / 3600 / job.hours
    print(
        f"{job.photographs:,.0f} photographs, {job.nodes} nodes of {job.cpus}, {job.jobs} drivers"
    )
    for name, seconds in stages.items():
        print(f"  {name:<10} {seconds / 3600:8.2f} h{'   the slowest' if name == slowest else ''}")
    print(f"  drivers that keep up: {job.needed_jobs()}")
    print(f"  requests: {lists:,.0f} lists, {job.photographs:,.0f} reads, {writes:,.0f} writes, "
          f"{job.tasks:,} of them of the manifest: ${dollars:,.0f}")  # fmt: skip
    # A part is written anew with every task until it is full, half full on average.
    written = job.tasks * LINES / 2 * RECORD
    print(f"  manifest: {parts:,.0f} parts, {job.photographs * RECORD / 1e9:,.0f} GB, "
          f"{written / 1e9:,.0f} GB written")  # fmt: skip
    print(f"  nodes lost: {failures:.1f}, photographs computed again: "
          f"{failures * job.cpus * TASK / 2:,.0f}")  # fmt: skip
    small = Job(**{**job.__dict__, "photographs": job.photographs * share})
    found = simulate(small)
    alone = max(small.stages()["listing"] + small.stages()["driving"], small.stages()["enlarging"])
    print(f"  simulated, {share:g} of it: {found.seconds / 3600:.3f} h, on paper "
          f"{alone / 3600:.3f} h; computed again {found.again}")  # fmt: skip


def main() -> None:
    """Read the rates and print the plan for one driver and for as many as are needed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photographs", type=float, default=1e8)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--cpus", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--entry", type=float, default=84e-6)
    parser.add_argument("--task", type=float, default=2.4e-3)
    parser.add_argument("--record", type=float, default=5e-6)
    parser.add_argument("--hours", type=float, default=1000.0)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--share", type=float, default=0.02)
    asked = vars(parser.parse_args())
    share, jobs = asked.pop("share"), asked.pop("jobs")
    needed = Job(**asked, jobs=1).needed_jobs()
    for count in [jobs] if jobs else sorted({1, needed}):
        report(Job(**asked, jobs=count), share)


if __name__ == "__main__":
    main()

"""Several nodes of Ray on this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

_HELPERS = ("metrics_agent", "metrics_export", "dashboard_agent_listen", "runtime_env_agent")

RAY_WARNINGS = [
    # Ray leaves pipes and sockets of its nodes to the end of the process.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
"""Marks of tests that start nodes."""

NODE = {"include_dashboard": False, "object_store_memory": 80_000_000}
"""Of every node of such a cluster."""


@contextmanager
def ray_nodes(workers: int) -> Iterator[Any]:
    """A head without work and some nodes of one processor, as a `ray.cluster_utils.Cluster`.

    Attributes of the cluster: `address`, and `worker_nodes`, of which `remove_node(node,
    allow_graceful=False)` kills one.
    """
    # On a busy machine everything takes longer; Ray reads this when it is imported.
    os.environ |= {"RAY_raylet_start_wait_time_s": "240", "RAY_USAGE_STATS_ENABLED": "0"}
    from ray.cluster_utils import Cluster

    with _patience():
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **NODE})
        try:
            for _ in range(workers):
                cluster.add_node(num_cpus=1, **NODE)
        except BaseException:
            cluster.shutdown()
            raise
    try:
        yield cluster
    finally:
        cluster.shutdown()


def kill_workers(node: Any) -> int:
    """End all processes of a node that work, as the kernel does when memory is short; how many."""
    killed = 0
    for info in node.all_processes["raylet"]:
        for process in _descendants(info.process.pid):
            with suppress(OSError):
                title = Path(f"/proc/{process}/cmdline").read_bytes()
                # Between two tasks it calls itself idle; without its agents the node would end.
                if title.startswith(b"ray::") and b"Agent" not in title:
                    os.kill(process, signal.SIGKILL)
                    killed += 1
    return killed


def _descendants(process: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                yield child
                yield from _descendants(child)


@contextmanager
def _patience() -> Iterator[None]:
    """Hold every node until its helpers are up: it gives them 15 seconds, come what may."""
    done = threading.Event()
    thread = threading.Thread(target=_hold_nodes, args=(done,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _hold_nodes(done: threading.Event) -> None:
    held: dict[int, bool] = {}
    while not done.wait(0.05):
        for process in Path("/proc").glob("[0-9]*"):
            pid = int(process.name)
            if held.get(pid) is False:
                continue
            try:
                words = (process / "cmdline").read_bytes().decode().split("\0")
                if not words[0].endswith("raylet/raylet"):
                    continue
                told = dict(word.split("=", 1) for word in words if "=" in word)
                ports = [Path(told["--session_dir"], f"{helper}_port_{told['--node_id']}")
                         for helper in _HELPERS]  # fmt: skip
                if all(port.exists() for port in ports):
                    os.kill(pid, signal.SIGCONT)
                    held[pid] = False
                elif pid not in held and _children(process) >= 2:
                    os.kill(pid, signal.SIGSTOP)
                    held[pid] = True
            except (OSError, KeyError, UnicodeDecodeError):
                # It has ended meanwhile.
                continue
    for pid, waiting in held.items():
        if waiting:
            os.kill(pid, signal.SIGCONT)


def _children(process: Path) -> int:
    return sum(len(task.read_text().split()) for task in process.glob("task/*/children"))

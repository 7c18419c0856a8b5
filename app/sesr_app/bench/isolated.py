"""Running one job of the benchmark in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from sesr.engine.litert import available_cores
from sesr.errors import ImageError


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a job.

    Attributes:
        status: "ok", "missing" (something is not installed) or "failed".
        note: one line about what is missing or failed.
        result: of a job that is ok.
    """

    status: str
    note: str = ""
    result: dict[str, Any] = field(default_factory=dict)


def run_isolated(job: str, limit: float | None = None, **arguments: Any) -> Answer:
    """Run a job of `sesr_app.bench.worker`; that it crashes or hangs is an answer too.

    Args:
        job: its name.
        limit: seconds after which it is ended; None waits for ever.
        arguments: of the job, JSON values.

    Raises:
        ImageError: a photograph cannot be used, which no other contender would change.
    """
    cores = str(available_cores())
    # One thread for NumPy everywhere, as the command line has it, but for the matrix product.
    threads = cores if job == "matrix" else "1"
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": threads,
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        process = subprocess.run(
            [sys.executable, "-m", "sesr_app.bench.worker"],
            input=json.dumps({"job": job, **arguments}),
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return Answer("failed", f"ended after {limit:g} s without a result; raise --time-limit")
    try:
        answer = json.loads(process.stdout)
    except ValueError:
        return Answer("failed", _ending(process))
    if answer["status"] == "image":
        raise ImageError(answer["note"])
    return Answer(**answer)


def _ending(process: subprocess.CompletedProcess[str]) -> str:
    """How a process ended that gave no answer."""
    if process.returncode < 0:
        return f"crashed: {_signal_name(-process.returncode)}"
    lines = process.stderr.strip().splitlines() or ["it said nothing"]
    return f"ended with exit code {process.returncode}: {lines[-1]}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

"""Work in a process of its own, which can be ended, and with which hostile files end."""

from __future__ import annotations

import math
import multiprocessing
import os
import queue
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from sesr.errors import SesrError, UsageError, first_line
from sesr.reporting.progress import Advance
from sesr_app.web.work.interim import Interim, follow

_MOST_JOBS = 20
"""After so many a process makes room for a new one, and gives back what it held."""

_ENDED = "the work on it ended by itself: the file may be damaged, or too large"

_Job = Callable[..., Any]
"""A function of a module, whose first argument is an `Advance`."""


class Child:
    """A process that does one job after the other, started with the first.

    A job that is left, stopped or too large takes the process with it; the next starts another.

    Args:
        gigabytes: of memory that it may hold, where the system tells how much that is (Linux).
        folder: for what libraries leave in the folder of temporary files, which goes with the
            process; None for the system's.
    """

    def __init__(self, gigabytes: float = math.inf, folder: Path | None = None) -> None:
        self._gigabytes = gigabytes
        self._folder = folder
        self._place: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._line: Connection | None = None
        self._jobs = 0

    def run(
        self, job: _Job, arguments: tuple[Any, ...], stop: threading.Event, seconds: float
    ) -> Iterator[Any]:
        """Do a job.

        Args:
            job: what to do.
            arguments: for it, behind the first.
            stop: set to end it.
            seconds: that it may take.

        Yields:
            `Interim`, and at last what the job returned.

        Raises:
            SesrError: the job raised it, took too long or too much, was stopped, or its process
                ended.
        """
        with self._lock:
            line = self._ready()
            done = False
            try:
                line.send((job, arguments))
                yield from follow(lambda pause: self._receive(line, pause), stop, seconds)
                done = True
            except SesrError as error:
                # What the job itself says leaves the process in order.
                done = isinstance(error, _JobError)
                raise
            finally:
                if not done or self._jobs >= _MOST_JOBS:
                    self._end()

    def close(self) -> None:
        """End the process."""
        self._end()

    def _ready(self) -> Connection:
        if self._line is None or self._process is None or not self._process.is_alive():
            self._end()
            context = multiprocessing.get_context("spawn")
            self._line, theirs = context.Pipe()
            self._place = tempfile.TemporaryDirectory(
                prefix="work-", dir=self._folder, ignore_cleanup_errors=True
            )
            arguments = theirs, self._place.name
            self._process = context.Process(target=_serve, args=arguments, daemon=True)
            self._process.start()
            theirs.close()
            self._jobs = 0
        self._jobs += 1
        return self._line

    def _receive(self, line: Connection, pause: float) -> Any:
        """What the process tells next, or why it must not go on."""
        if self._process and _resident_bytes(self._process.pid) > self._gigabytes * 1e9:
            return UsageError(
                f"this took more than the {self._gigabytes:g} GB of memory that a job may hold; "
                "choose something smaller, or use the command"
            )
        if not line.poll(pause):
            raise queue.Empty
        try:
            kind, content = line.recv()
        except (EOFError, OSError):
            return SesrError(_ENDED)
        return _JobError(content) if kind == "failed" else content

    def _end(self) -> None:
        process, line, place = self._process, self._line, self._place
        self._process = self._line = self._place = None
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if line is not None:
            line.close()
        if place is not None:
            place.cleanup()


class _JobError(SesrError):
    """What a job failed with."""


def _resident_bytes(process: int | None) -> int:
    """Memory that a process holds; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _serve(line: Connection, place: str) -> None:
    """The life of the process."""
    os.environ["TMPDIR"] = tempfile.tempdir = place
    # The process that waits for it decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        # Where memory runs out all the same, Linux ends this process first.
        Path("/proc/self/oom_score_adj").write_text("1000")
    from sesr_app.terminal.native import keep_native_code_quiet

    keep_native_code_quiet()

    def advance(label: str, done: float, total: float) -> None:
        line.send(("told", Interim(label, done, total)))

    while True:
        try:
            job, arguments = line.recv()
        except (EOFError, OSError):
            return
        answer = _answer(job, advance, arguments)
        line.send(answer)
        if answer[0] == "told":
            line.send(("told", None))


def _answer(job: _Job, advance: Advance, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "told", job(advance, *arguments)
    except SesrError as error:
        return "failed", str(error)
    except MemoryError:
        return "failed", "there is not enough memory for it"
    except Exception as error:
        return "failed", f"{type(error).__name__}: {first_line(error)}"

"""Progress on the standard error: a bar for people, lines for the logs of long jobs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TextIO

from sesr.reporting.progress import Advance, no_advance

LINE_SECONDS = 60.0
"""Between two lines of a log."""


@contextmanager
def progress_bar(*, lines: bool = False) -> Iterator[Advance]:
    """A bar with the time left, shown when the standard error is a terminal.

    It appears with the first report of work that is not complete yet, so work of a single part
    shows none. Results may be printed meanwhile: on a terminal they appear above the bar.

    Args:
        lines: where the standard error is no terminal, write a line a minute instead, for jobs
            that run for hours without anybody watching.

    Yields:
        The function to report with.
    """
    if not sys.stderr.isatty():
        with _progress_lines() if lines else no_bar() as advance:
            yield advance
        return
    # Rich costs a noticeable share of a short command, so scripts never load it.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    with _standard_error() as stream:
        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeLeft(),
            console=Console(file=stream),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )
        task = bar.add_task("", total=None, visible=False)

        def move(label: str, done: float, total: float) -> None:
            bar.update(task, description=label, completed=done, total=total)
            if done < total:
                bar.update(task, visible=True)

        with bar:
            yield move


@contextmanager
def no_bar() -> Iterator[Advance]:
    """The same, shown to nobody."""
    yield no_advance


@contextmanager
def bar_unless(report: Advance | None) -> Iterator[Advance]:
    """The same with lines, unless somebody else shows the progress."""
    with progress_bar(lines=True) if report is None else nullcontext(report) as advance:
        yield advance


@contextmanager
def _standard_error() -> Iterator[TextIO]:
    """The standard error as it is now, also while `quiet_native_logs` turns it away."""
    try:
        own = os.dup(sys.stderr.fileno())
    except OSError:  # it was replaced by something that is no file
        yield sys.stderr
        return
    # Names of files need not be text.
    with os.fdopen(own, "w", buffering=1, errors="backslashreplace") as stream:
        yield stream


@contextmanager
def _progress_lines() -> Iterator[Advance]:
    """What is being done and the time left, a line a minute."""
    began = last = time.monotonic()
    first: float | None = None
    with _standard_error() as stream:

        def advance(label: str, done: float, total: float) -> None:
            nonlocal last, first
            now = time.monotonic()
            # What was done before, by a run that was stopped, tells nothing of the speed.
            first = done if first is None else first
            if now - last < LINE_SECONDS or done >= total:
                return
            last = now
            left = (now - began) * (total - done) / (done - first) / 60 if done > first else None
            time_left = "" if left is None else f", {left:.0f} min left"
            print(f"sesr: {label}: {done / total:.0%}{time_left}", file=stream)

        yield advance

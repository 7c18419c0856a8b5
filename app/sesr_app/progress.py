"""Progress on the standard error, for people only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[str, float, float], None]
"""Called with what is being done, how much of it is done, and how much there is in all."""


@contextmanager
def progress_bar() -> Iterator[Advance]:
    """A bar with the time left, shown when the standard error is a terminal.

    It appears with the first report of work that is not complete yet, so work of a single part
    shows none. Results may be printed meanwhile: on a terminal they appear above the bar.

    Yields:
        The function to report with.
    """
    if not sys.stderr.isatty():
        yield lambda label, done, total: None
        return
    # Rich costs a noticeable share of a short command, so scripts never load it.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeLeft(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    task = bar.add_task("", total=None, visible=False)

    def advance(label: str, done: float, total: float) -> None:
        bar.update(task, description=label, completed=done, total=total)
        if done < total:
            bar.update(task, visible=True)

    with bar:
        yield advance


@contextmanager
def no_progress() -> Iterator[Advance]:
    """The same, shown to nobody."""
    yield lambda label, done, total: None

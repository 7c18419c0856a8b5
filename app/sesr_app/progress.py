"""Progress on the standard error, for people only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, int], None]


@contextmanager
def progress_bar(label: str, *, at_least: int = 2) -> Iterator[Advance]:
    """A bar with the time left, shown when the standard error is a terminal.

    Args:
        label: stands before the bar.
        at_least: jobs of fewer parts show none.

    Yields:
        A function to call with parts done and parts in all.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    # Rich costs a noticeable share of a short command, so scripts never load it.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=total >= at_least)

        yield advance

"""The three descriptors that a process is started with, which scripts may close."""

from __future__ import annotations

import os
import sys

_closed: set[int] = set()


def open_closed_descriptors() -> None:
    """Put something harmless where a standard stream was closed.

    Otherwise the next file that is opened takes the number of the stream, and what is printed
    ends up in it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number, which is this one.
            os.open(os.devnull, os.O_RDWR)
            _closed.add(number)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, "r", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def output_was_closed() -> bool:
    """Whether nobody can get what is written to the standard output."""
    return 1 in _closed

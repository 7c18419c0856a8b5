"""How far a job is, and its end before it is done."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sesr.errors import SesrError, UsageError

_PAUSE = 0.15
"""Seconds between two lines on the page, and between two looks at whether to end."""


@dataclass(frozen=True, slots=True)
class Interim:
    """How far a job is.

    Attributes:
        label: what is being done.
        done, total: how much of how much.
    """

    label: str
    done: float
    total: float


class CancelledError(SesrError):
    """Nobody waits for the job any more."""


def follow(receive: Callable[[float], Any], stop: threading.Event, seconds: float) -> Iterator[Any]:
    """Pass on what a job tells, of its progress no more than people can read.

    Args:
        receive: waits so many seconds for what comes next and raises `queue.Empty` if nothing
            does: an `Interim`, a result, an exception, or None for the end.
        stop: set by whoever does not want to wait any more.
        seconds: that the job may take.

    Yields:
        `Interim`, and the results.

    Raises:
        CancelledError: `stop` was set.
        UsageError: it takes too long.
    """
    end = time.monotonic() + seconds
    last: Interim | None = None
    shown = 0.0
    while True:
        if stop.is_set():
            raise CancelledError("cancelled; nothing of it was kept")
        now = time.monotonic()
        if now > end:
            raise UsageError(
                f"this took more than the {seconds / 60:g} minutes that a job may take; "
                "ask for less, or use the command"
            )
        if last and now - shown >= _PAUSE:
            yield last
            last, shown = None, time.monotonic()
        try:
            told = receive(_PAUSE)
        except queue.Empty:
            continue
        if told is None:
            return
        if isinstance(told, BaseException):
            raise told
        if isinstance(told, Interim):
            last = told
        else:
            yield told

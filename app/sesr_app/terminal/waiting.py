"""Waiting that Ctrl-C ends.

A signal to a process may be taken by any of its threads, while Python heeds it in the main thread
only, which is not woken for it: one that waits for a lock without a limit would hear of it hours
later, when the work is done. So it wakes up now and then.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, wait
from typing import NoReturn, TypeVar

_SECONDS = 0.2
"""After which an interrupt is noticed at the latest."""

_T = TypeVar("_T")


def result_of(future: Future[_T]) -> _T:
    """The result of what runs in another thread, however long it takes.

    Raises:
        Exception: what ended the work.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor() as pool:
        ...     result_of(pool.submit(sum, [1, 2]))
        3
    """
    while not future.done():
        wait([future], _SECONDS)
    return future.result()


def until_interrupted() -> NoReturn:
    """Leave the work to other threads."""
    while True:
        time.sleep(_SECONDS)

"""Jobs for the process that the page gives work to."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from typing import Any

from sesr.errors import UsageError
from sesr.reporting.progress import Advance


def add(advance: Advance, first: int, second: int) -> tuple[int, int]:
    """The sum, and the process that made it."""
    advance("adding", 1, 2)
    return first + second, os.getpid()


def refuse(advance: Advance) -> None:
    """A failure that somebody expected."""
    raise UsageError("this cannot be")


def stumble(advance: Advance) -> None:
    """A failure that nobody expected."""
    raise ValueError("broken\nand more")


def crash(advance: Advance) -> None:
    """What native code does about a hostile file."""
    os.kill(os.getpid(), signal.SIGSEGV)


def sleep(advance: Advance, seconds: float) -> Any:
    """Take a while."""
    advance("sleeping", 0, 1)
    time.sleep(seconds)
    return "slept"


def hold(advance: Advance, megabytes: int) -> None:
    """Take memory, and keep it."""
    held = b"x" * (megabytes << 20)
    advance("holding", 0, 1)
    time.sleep(600)
    raise AssertionError(len(held))


def litter(advance: Advance) -> str:
    """Leave a temporary file behind, as TensorFlow does."""
    advance("littering", 0, 1)
    handle, path = tempfile.mkstemp()
    os.close(handle)
    return path

"""Keeping native libraries from talking to the person at the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_native_logs() -> Iterator[None]:
    """Send what native code writes to the standard error to nowhere for a moment.

    LiteRT announces its CPU kernels there and has no setting against it. Only the file
    descriptor is turned away; Python exceptions pass as ever.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)

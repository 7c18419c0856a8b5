"""Keeping the standard error for what this program says itself."""

from __future__ import annotations

import os
import sys


def keep_native_code_quiet() -> None:
    """Let Python alone write to the standard error, from here to the end of the process.

    Decoders in C, libtiff before all, complain there about damaged files, in lines that nobody
    asked for; Python gets a descriptor of its own and the usual one leads nowhere.
    """
    try:
        own = os.dup(sys.stderr.fileno())
    except (AttributeError, OSError, ValueError):
        # There is none, or it is no file: a test or a window has put something in its place.
        return
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    sys.stderr = open(own, "w", 1, encoding, errors, closefd=False)  # noqa: SIM115

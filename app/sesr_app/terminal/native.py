"""Native code: what it says, and what it does with the system's memory."""

from __future__ import annotations

import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""

_LARGEST_MMAP_THRESHOLD = 32 << 20


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


def keep_freed_memory() -> None:
    """Reuse freed memory instead of giving it back to the system at once (glibc only).

    Every tile needs the same temporary arrays again. Taken anew from the system, each of their
    pages is cleared first, which costs several times what is computed in it.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)

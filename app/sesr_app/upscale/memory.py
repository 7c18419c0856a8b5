"""How the process deals with the system's memory."""

from __future__ import annotations

import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""

LARGEST_MMAP_THRESHOLD = 32 << 20


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
        mallopt(TRIM_THRESHOLD, 2**31 - 1)
        mallopt(MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)

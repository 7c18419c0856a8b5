"""The largest memory of this process, which every system tells in its own way."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any


def peak_memory_mb() -> float | None:
    """The largest resident memory of this process so far, in 10^6 bytes; None if untold.

    Example:
        >>> (peak_memory_mb() or 1) > 0
        True
    """
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage reports on Linux can be a memory of the process that started this one.
        line = next((x for x in status.read_text().splitlines() if x.startswith("VmHWM:")), None)
        return None if line is None else int(line.split()[1]) * 1024 / 1e6
    if sys.platform == "win32":
        return _of_windows()
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of psapi.h."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("page_faults", ctypes.c_uint32),
        *((name, ctypes.c_size_t) for name in (
            "peak_resident", "resident", "peak_paged", "paged", "peak_nonpaged", "nonpaged",
            "pagefile", "peak_pagefile")),
    )  # fmt: skip


def _of_windows() -> float | None:
    system: Any = getattr(ctypes, "windll", None)
    if system is None:
        return None
    counters = _Counters(size=ctypes.sizeof(_Counters))
    current = system.kernel32.GetCurrentProcess
    current.restype = ctypes.c_void_p
    told = system.psapi.GetProcessMemoryInfo(
        ctypes.c_void_p(current()), ctypes.byref(counters), counters.size
    )
    return counters.peak_resident / 1e6 if told else None

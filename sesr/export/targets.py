"""The names of everything that an export can be for."""

from __future__ import annotations

from sesr.errors import UsageError, did_you_mean
from sesr.export.c99.core import CORES
from sesr.export.npu.target import ACCELERATORS


def check_target(name: str) -> None:
    """Make sure that a target exists, of whatever kind.

    Raises:
        UsageError: it does not.

    Example:
        >>> check_target("cortex-m4")
        >>> check_target("ethos-u55-128")
    """
    known = ["cpu", *CORES, *ACCELERATORS]
    if name.lower() not in known:
        raise UsageError(
            f"unknown target {name!r}: {did_you_mean(name.lower(), known, 0.7)}the targets are "
            f"{', '.join(known)}"
        )

"""The boards that C is written for."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.errors import UsageError, did_you_mean
from sesr.export.npu.target import ACCELERATORS


@dataclass(frozen=True, slots=True)
class Core:
    """A processor without an NPU.

    Attributes:
        name: as a target of `sesr export`.
        title: for people.
        flags: of gcc and clang for it; nothing for whatever the compiler is for.
    """

    name: str
    title: str
    flags: tuple[str, ...] = ()


_THUMB = ("-mthumb", "-mfloat-abi=hard")

CORES = {
    core.name: core
    for core in (
        Core("c99", "any processor with a compiler of C99"),
        Core("cortex-m4", "Arm Cortex-M4", ("-mcpu=cortex-m4", *_THUMB, "-mfpu=fpv4-sp-d16")),
        Core("cortex-m7", "Arm Cortex-M7", ("-mcpu=cortex-m7", *_THUMB, "-mfpu=fpv5-d16")),
        Core("cortex-m55", "Arm Cortex-M55", ("-mcpu=cortex-m55", *_THUMB)),
    )
}
"""By the name of the target."""


def find_core(name: str) -> Core:
    """Look a board up.

    Raises:
        UsageError: there is no such board.

    Example:
        >>> find_core("cortex-m4").title
        'Arm Cortex-M4'
    """
    if name not in CORES:
        known = ["cpu", *CORES, *ACCELERATORS]
        raise UsageError(
            f"unknown target {name!r}: {did_you_mean(name, known, 0.7)}the targets are "
            f"{', '.join(known)}"
        )
    return CORES[name]

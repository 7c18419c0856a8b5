"""The boards that C is written for."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Core:
    """A processor without an NPU.

    Attributes:
        name: as a target of `sesr export`.
        title: for people.
        product: instructions of a multiplication and addition with what it loads, as counted;
            where nothing is known of the processor so few that memory decides, for direct.
        board: of QEMU's that has it.
        flags: of gcc and clang for it; nothing for whatever the compiler is for.
    """

    name: str
    title: str
    product: float
    board: str = ""
    flags: tuple[str, ...] = ()


def _cortex(name: str, board: str, *more: str) -> Core:
    core = f"cortex-{name.lower()}"
    flags = f"-mcpu={core}", "-mthumb", "-mfloat-abi=hard", *more
    return Core(core, f"Arm Cortex-{name}", 2.6, board, flags)


CORES = {
    core.name: core
    for core in (
        Core("c99", "any processor with a compiler of C99", 0.3),
        _cortex("M4", "mps2-an386", "-mfpu=fpv4-sp-d16"),
        _cortex("M7", "mps2-an500", "-mfpu=fpv5-d16"),
        _cortex("M55", "mps3-an547"),
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
    if name.lower() not in CORES:
        raise UsageError(
            f"unknown board {name!r}: {did_you_mean(name, CORES, 0.7)}those that exist are "
            f"{', '.join(CORES)}"
        )
    return CORES[name.lower()]

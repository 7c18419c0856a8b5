"""The NPUs that the export knows, and what Vela is told about each."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.errors import UsageError, did_you_mean

CONFIG = "Arm/vela.ini"
"""Vela's own file of systems and memories, by the name under which Vela finds it."""

MEMORY_MODES = (
    *("Sram_Only", "Shared_Sram", "Dedicated_Sram"),
    *("Dedicated_Sram_256KB", "Dedicated_Sram_384KB", "Dedicated_Sram_512KB"),
)
"""Memory modes of `CONFIG`."""

U55_SYSTEMS = ("Ethos_U55_High_End_Embedded", "Ethos_U55_Deep_Embedded")
U65_SYSTEMS = (
    *("Ethos_U65_Embedded", "Ethos_U65_Mid_End", "Ethos_U65_High_End"),
    "Ethos_U65_Client_Server",
)
U85_SYSTEMS = (
    *("Ethos_U85_SYS_Flash_High", "Ethos_U85_SYS_Flash_Low", "Ethos_U85_SYS_DRAM_Low"),
    *("Ethos_U85_SYS_DRAM_Mid", "Ethos_U85_SYS_DRAM_High"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """An NPU in a system; the first system of its family is the default.

    Attributes:
        accelerator: Vela's name of the NPU, for example "ethos-u55-128".
        system: a system configuration of `CONFIG`: clock and buses.
        memory: a memory mode of `CONFIG`: where weights and feature maps lie.
    """

    accelerator: str
    system: str
    memory: str

    @property
    def options(self) -> list[str]:
        """The four options that Vela must never be run without."""
        return [
            *("--accelerator-config", self.accelerator, "--config", CONFIG),
            *("--system-config", self.system, "--memory-mode", self.memory),
        ]


ACCELERATORS = {
    **{f"ethos-u55-{macs}": U55_SYSTEMS for macs in (32, 64, 128, 256)},
    **{f"ethos-u65-{macs}": U65_SYSTEMS for macs in (256, 512)},
    **{f"ethos-u85-{macs}": U85_SYSTEMS for macs in (128, 256, 512, 1024, 2048)},
}
"""System configurations of every NPU."""


def find_target(name: str, system: str | None = None, memory: str | None = None) -> Target:
    """Look a target up.

    Args:
        name: for example "ethos-u55-128".
        system: a system configuration; by default the family's first.
        memory: a memory mode; by default Shared_Sram: weights in flash, features in SRAM.

    Raises:
        UsageError: one of them does not exist or does not belong to the NPU.

    Example:
        >>> find_target("ethos-u55-128").system
        'Ethos_U55_High_End_Embedded'
    """
    systems = ACCELERATORS.get(name.lower())
    if systems is None:
        hint = did_you_mean(name.lower(), ACCELERATORS, 0.7)
        raise UsageError(
            f"unknown NPU {name!r}: {hint}those that exist are {', '.join(ACCELERATORS)}"
        )
    system = _choose("system configuration", system, systems, name)
    return Target(name.lower(), system, _choose("memory mode", memory, _modes(system), name))


def _modes(system: str) -> tuple[str, ...]:
    """Memory modes, the default first: without a flash, all but scratch lies in DRAM."""
    has_flash = "Flash" in system or "U55" in system or system == "Ethos_U65_Embedded"
    default = "Shared_Sram" if has_flash else "Dedicated_Sram_384KB"
    return (default, *(mode for mode in MEMORY_MODES if mode != default))


def _choose(kind: str, wanted: str | None, known: tuple[str, ...], target: str) -> str:
    if wanted is None:
        return known[0]
    if wanted not in known:
        raise UsageError(
            f"unknown {kind} {wanted!r} for {target}: those that exist are {', '.join(known)}"
        )
    return wanted

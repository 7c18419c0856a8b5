"""Every network by its name, and what all of them tell of themselves."""

from __future__ import annotations

from typing import Protocol

from sesr.catalog.fsrcnn import FSRCNN
from sesr.catalog.sesr import CLEANERS, SCALES, VARIANTS
from sesr.errors import UsageError, did_you_mean


class NetworkSpec(Protocol):
    """What every network of the family tells of itself, SESR or not."""

    @property
    def name(self) -> str:
        """Name for users, for example "M5"."""

    @property
    def full_name(self) -> str:
        """The same with the family's name, for example "SESR-M5"."""

    @property
    def scales(self) -> tuple[int, ...]:
        """Upscaling factors that it is defined for."""

    @property
    def stride(self) -> int:
        """What divides both sides of every image that it takes; 1 if it takes any."""

    @property
    def receptive_radius(self) -> int:
        """Low-resolution pixels around a pixel that can change its output."""

    def parameters(self, scale: int, channels: int = 1) -> int:
        """Number of kernel weights where the network runs, biases and slopes left out."""

    def macs(self, height: int, width: int, scale: int, channels: int = 1) -> int:
        """Multiply-accumulates to upscale an image of height x width input pixels."""


NETWORKS: dict[str, NetworkSpec] = {**VARIANTS, FSRCNN.name: FSRCNN}
"""Every network that enlarges, by name: the variants of SESR, and FSRCNN beside them."""


def get_variant(name: str) -> NetworkSpec:
    """Look a network up by its name, upper or lower case; those that only clean, too.

    Raises:
        UsageError: no network has that name; the message names the nearest ones.
    """
    network = NETWORKS.get(name.upper()) or CLEANERS.get(name.upper())
    if network is None:
        hint = did_you_mean(name.upper(), NETWORKS)
        raise UsageError(f"unknown model {name!r}: {hint}the models are {', '.join(NETWORKS)}")
    return network


def check_scale(scale: int, network: NetworkSpec | None = None) -> int:
    """Return the scale if a network has it, or any that enlarges.

    Raises:
        UsageError: it does not; the message tells the scales.
    """
    scales = network.scales if network else SCALES
    if scale not in scales:
        whose = f" of {network.full_name}" if network else ""
        known = " and ".join(map(str, scales))
        known = f"scales{whose} are {known}" if len(scales) > 1 else f"only scale{whose} is {known}"
        raise UsageError(f"unknown scale {scale!r}: the {known}")
    return scale

"""Every network by its name, and what all of them tell of themselves."""

from __future__ import annotations

from typing import Protocol

from sesr.catalog.fsrcnn import FSRCNN
from sesr.catalog.sesr import VARIANTS
from sesr.errors import UsageError, did_you_mean

SCALES = (2, 4)
"""Upscaling factors that the networks are defined for."""


class NetworkSpec(Protocol):
    """What every network of the family tells of itself, SESR or not."""

    @property
    def name(self) -> str:
        """Name for users, for example "M5"."""

    @property
    def full_name(self) -> str:
        """The same with the family's name, for example "SESR-M5"."""

    @property
    def receptive_radius(self) -> int:
        """Low-resolution pixels around a pixel that can change its output."""

    def parameters(self, scale: int, channels: int = 1) -> int:
        """Number of kernel weights where the network runs, biases and slopes left out."""

    def macs(self, height: int, width: int, scale: int, channels: int = 1) -> int:
        """Multiply-accumulates to upscale an image of height x width input pixels."""


NETWORKS: dict[str, NetworkSpec] = {**VARIANTS, FSRCNN.name: FSRCNN}
"""Every network that can be trained, by name: the variants of SESR, and FSRCNN beside them."""


def get_variant(name: str) -> NetworkSpec:
    """Look a network up by its name, upper or lower case.

    Raises:
        UsageError: no network has that name; the message names the nearest ones.
    """
    network = NETWORKS.get(name.upper())
    if network is None:
        hint = did_you_mean(name.upper(), NETWORKS)
        raise UsageError(f"unknown model {name!r}: {hint}the models are {', '.join(NETWORKS)}")
    return network


def check_scale(scale: int) -> int:
    """Return the scale if the family has it.

    Raises:
        UsageError: the scale is neither 2 nor 4.
    """
    if scale not in SCALES:
        raise UsageError(f"unknown scale {scale!r}: the scales are 2 and 4")
    return scale

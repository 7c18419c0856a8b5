"""The SESR family as data: how deep, how wide, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from sesr.errors import UsageError

SCALES = (2, 4)
"""Upscaling factors that the networks are defined for."""

OUTER_KERNEL = 5
"""Side of the first and the last block's kernel."""

INNER_KERNEL = 3
"""Side of the middle blocks' kernels."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One member of the SESR family (Bhardwaj et al., MLSys 2022, section 3).

    Attributes:
        name: the name in the paper, for example "M5".
        blocks: number of middle 3x3 blocks, the paper's m.
        features: channels between the blocks, the paper's f.
        expansion: channels inside a linear block while it trains, the paper's p.

    Example:
        >>> VARIANTS["M5"].parameters(scale=2)
        13520
        >>> VARIANTS["M5"].receptive_radius
        9
    """

    name: str
    blocks: int
    features: int
    expansion: int

    @property
    def receptive_radius(self) -> int:
        """Low-resolution pixels around a pixel that can change its output."""
        return 2 * (OUTER_KERNEL // 2) + self.blocks * (INNER_KERNEL // 2)

    def parameters(self, scale: int, channels: int = 1) -> int:
        """Number of kernel weights of the collapsed network, biases and slopes left out.

        Args:
            scale: 2 or 4.
            channels: 1 (Y) or 3 (RGB).

        This is also the number of multiply-accumulates for one low-resolution pixel.
        """
        outer = OUTER_KERNEL**2 * self.features
        inner = INNER_KERNEL**2 * self.features**2
        return outer * channels + self.blocks * inner + outer * channels * scale**2

    def macs(self, height: int, width: int, scale: int, channels: int = 1) -> int:
        """Multiply-accumulates to upscale an image of height x width input pixels."""
        return height * width * self.parameters(scale, channels)


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("M2", blocks=2, features=16, expansion=256),
        Variant("M3", blocks=3, features=16, expansion=256),
        Variant("M5", blocks=5, features=16, expansion=256),
        Variant("M7", blocks=7, features=16, expansion=256),
        Variant("M11", blocks=11, features=16, expansion=64),
        Variant("XL", blocks=11, features=32, expansion=64),
    )
}
"""The published variants by name."""


def get_variant(name: str) -> Variant:
    """Look a variant up by its name, upper or lower case.

    Raises:
        UsageError: no variant has that name; the message names the nearest ones.
    """
    variant = VARIANTS.get(name.upper())
    if variant is None:
        near = get_close_matches(name.upper(), VARIANTS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"unknown model {name!r}: {hint}the models are {', '.join(VARIANTS)}")
    return variant


def check_scale(scale: int) -> int:
    """Return the scale if the family has it.

    Raises:
        UsageError: the scale is neither 2 nor 4.
    """
    if scale not in SCALES:
        raise UsageError(f"unknown scale {scale!r}: the scales are 2 and 4")
    return scale

"""The SESR family as data: how deep, how wide, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SCALES = (2, 4)
"""Upscaling factors of the published networks."""

OUTER_KERNEL = (5, 5)
"""Height and width of the first and the last block's kernel in the published networks."""

INNER_KERNEL = (3, 3)
"""Height and width of the middle blocks' kernels in the published networks."""

Kernel = tuple[int, int]
Padding = tuple[tuple[int, int], tuple[int, int]]
"""Zeros (above, below), (left, right)."""


class Variant(NamedTuple):
    """One member of the SESR family (Bhardwaj et al., MLSys 2022, section 3).

    Attributes:
        name: the name in the paper, for example "M5".
        blocks: number of middle 3x3 blocks, the paper's m.
        features: channels between the blocks, the paper's f.
        expansion: channels inside a linear block while it trains, the paper's p.
        first, last: height and width of the first and the last kernel.
        inner: those of the middle kernels, repeated from the start as often as needed.
        feature_residual: add the first block's output to the last block's input, as published.
        stride: of the first block; a network of stride 2 works at half the size of its image and
            gives back an image of the same size, x1.

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
    first: Kernel = OUTER_KERNEL
    inner: tuple[Kernel, ...] = (INNER_KERNEL,)
    last: Kernel = OUTER_KERNEL
    feature_residual: bool = True
    stride: int = 1

    @property
    def full_name(self) -> str:
        """For example "SESR-M5"."""
        return f"SESR-{self.name}"

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """Height and width of every kernel from the input to the output."""
        middle = (self.inner[index % len(self.inner)] for index in range(self.blocks))
        return (self.first, *middle, self.last)

    @property
    def paddings(self) -> tuple[Padding, ...]:
        """The zeros around the input of every kernel, which keep the image's size, or halve it.

        An even kernel has no centre: it reaches one pixel further to one side. Along each axis
        these sides alternate, so that the network as a whole looks equally far both ways.
        """
        # Of a step as long as the stride, only what reaches beyond it has to be added.
        beyond = tuple(side - self.stride + 1 for side in self.first)
        axes = zip(beyond, *self.kernels[1:], strict=True)
        down, across = (_alternating_padding(sides) for sides in axes)
        return tuple(zip(down, across, strict=True))

    @property
    def scales(self) -> tuple[int, ...]:
        """Upscaling factors that the network is defined for."""
        return SCALES if self.stride == 1 else (1,)

    @property
    def receptive_radius(self) -> int:
        """Low-resolution pixels around a pixel that can change its output, in whole strides."""
        return radius_of(self.paddings, self.stride)

    def parameters(self, scale: int, channels: int = 1) -> int:
        """Number of kernel weights of the collapsed network, biases and slopes left out.

        Args:
            scale: one of `scales`.
            channels: 1 (Y) or 3 (RGB).

        This is also the number of multiply-accumulates for one low-resolution pixel, or for one
        place of the features where the stride is above 1.
        """
        first, *middle, last = (height * width for height, width in self.kernels)
        outer = (first + last * (scale * self.stride) ** 2) * channels
        return outer * self.features + sum(middle) * self.features**2

    def macs(self, height: int, width: int, scale: int, channels: int = 1) -> int:
        """Multiply-accumulates to upscale an image of height x width input pixels."""
        places = height * width // self.stride**2
        return places * self.parameters(scale, channels)


def radius_of(paddings: Iterable[Padding], stride: int = 1) -> int:
    """How far convolutions one behind the other look, in pixels, by the zeros around each.

    Args:
        paddings: from the first convolution to the last.
        stride: of the first one; the result is a multiple of it, so that tiles can be cut there.

    Example:
        >>> radius_of([((2, 2), (2, 2)), ((1, 2), (1, 1))])
        4
        >>> radius_of([((2, 2), (2, 2)), ((1, 1), (1, 1))], stride=2)
        6
    """
    ends = zip(*([*down, *across] for down, across in paddings), strict=True)
    # A place of the features stands for a whole stride of pixels.
    reaches: list[int] = [first + stride - 1 + stride * sum(others) for first, *others in ends]
    return -(-max(reaches) // stride) * stride


def same_padding(kernel_size: Kernel, stride: int = 1) -> Padding:
    """The padding that frameworks call "same", for sides that the stride divides.

    Where it can't be even, it is larger below and right.
    """
    height, width = (side - stride for side in kernel_size)
    return (height // 2, height - height // 2), (width // 2, width - width // 2)


def _alternating_padding(sides: tuple[int, ...]) -> list[tuple[int, int]]:
    """Padding along one axis for kernels of these lengths; the longer end alternates."""
    pads: list[tuple[int, int]] = []
    longer_after = True
    for side in sides:
        short, long = (side - 1) // 2, side // 2
        pads.append((short, long) if longer_after else (long, short))
        longer_after ^= short != long
    return pads


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("M2", blocks=2, features=16, expansion=256),
        Variant("M3", blocks=3, features=16, expansion=256),
        Variant("M5", blocks=5, features=16, expansion=256),
        Variant("M7", blocks=7, features=16, expansion=256),
        Variant("M11", blocks=11, features=16, expansion=64),
        Variant("XL", blocks=11, features=32, expansion=64),
        Variant(
            "N5",
            blocks=5,
            features=15,
            expansion=256,
            first=(3, 3),
            inner=((3, 4), (4, 3)),
            last=(4, 4),
            feature_residual=False,
        ),
        Variant(
            "N7",
            blocks=7,
            features=15,
            expansion=256,
            first=(4, 4),
            inner=((2, 4), (4, 2)),
            last=(4, 4),
            feature_residual=False,
        ),
    )
}
"""The variants by name: the published ones, and N5 and N7, which are shaped for Arm's Ethos-U.

That processor multiplies four kernel elements at a time, so that a 3x4 kernel costs as many cycles
as a 3x3 one, and stores features in groups of sixteen channels, of which N5 and N7 leave one to
carry the image past the middle blocks (see `sesr.lowering.ways`).
"""

CLEANERS = {
    variant.name: variant
    for variant in (
        Variant("S4", blocks=4, features=24, expansion=64, first=(6, 6), last=(3, 3), stride=2),
    )
}
"""Variants that enlarge nothing, by name: they take noise away before a classifier. Working at half
the size they see twice as far as at full size, for a quarter of the multiply-accumulates."""

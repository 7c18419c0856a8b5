"""A network as operations on integers: what its C computes, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sesr.catalog.sesr import Padding
from sesr.errors import UsageError
from sesr.export.c99.fixed_point import FixedPoint

LARGEST_SUM = 2**26
"""Sums of products stay below, so that sixteen times as much still fits 32 bits."""


@dataclass(frozen=True, slots=True)
class Map:
    """What one operation hands to another: int8 (height, width, channels).

    Attributes:
        height, width, channels: its size.
        scale: the step of its numbers.
        zero: the number that stands for 0.0, which also pads.
    """

    height: int
    width: int
    channels: int
    scale: float
    zero: int


@dataclass(frozen=True, slots=True)
class Clamp:
    """Limits of an int8 result: those of int8, or of an activation."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, eq=False)
class Convolve:
    """A convolution of stride 1, rescaled, with the activation that is a limit.

    Attributes:
        input, output: indices of maps.
        kernel: (h, w, inputs, outputs) int8.
        bias: (outputs,) int32; it holds what the input's zero point adds up to.
        factors: of every output, from sums to int8.
        padding: rows above and below, columns left and right.
        clamp: of the results.
        points: of Winograd's way to compute it; none for the direct one.
        bits: of its transformed filters; 0 for all that they have, without which it is not exact.
    """

    input: int
    output: int
    kernel: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int64]
    factors: tuple[FixedPoint, ...]
    padding: Padding
    clamp: Clamp
    points: tuple[complex, ...] = ()
    bits: int = 0

    def __post_init__(self) -> None:
        reach = np.abs(self.kernel.astype(np.int64)).sum((0, 1, 2)) * 128 + np.abs(self.bias)
        shifts = np.array([max(0, factor.shift) for factor in self.factors])
        if (reach << shifts).max() >= LARGEST_SUM:
            raise UsageError(
                f"the sums of a convolution reach {reach.max()}; C of 32 bits holds {LARGEST_SUM}: "
                "export a network with fewer channels"
            )

    @property
    def inputs(self) -> tuple[int, ...]:
        """The maps that it reads."""
        return (self.input,)


@dataclass(frozen=True, slots=True)
class Add:
    """An addition of two maps; the other one's channels are taken again and again.

    Attributes:
        one, other, output: indices of maps.
        one_factor, other_factor, factor: of both sides and of their sum.
        clamp: of the results.
    """

    one: int
    other: int
    output: int
    one_factor: FixedPoint
    other_factor: FixedPoint
    factor: FixedPoint
    clamp: Clamp

    @property
    def inputs(self) -> tuple[int, ...]:
        """The maps that it reads."""
        return (self.one, self.other)


@dataclass(frozen=True, slots=True)
class Shuffle:
    """From channels to pixels, scale by scale of them, into the enlarged image.

    Attributes:
        input: index of a map.
        scale: 2 or 4.
    """

    input: int
    scale: int

    @property
    def inputs(self) -> tuple[int, ...]:
        """The maps that it reads."""
        return (self.input,)


Operation: TypeAlias = Convolve | Add | Shuffle


@dataclass(frozen=True, slots=True, eq=False)
class IntegerNetwork:
    """A whole network.

    Attributes:
        maps: the first is the image; each other one has the operation that writes it.
        operations: in order; the last is the shuffle.
    """

    maps: tuple[Map, ...]
    operations: tuple[Operation, ...]

    @property
    def scale(self) -> int:
        """Enlarged pixels for each small one, along either axis."""
        last = self.operations[-1]
        if not isinstance(last, Shuffle):
            raise UsageError("the network must end with a shuffle from channels to pixels")
        return last.scale

    @property
    def is_exact(self) -> bool:
        """Whether its C equals the int8 network: no filters are scaled."""
        return not any(one.bits for one in self.operations if isinstance(one, Convolve))

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the convolutions for one tile."""
        area = self.maps[0].height * self.maps[0].width
        kernels = [one.kernel.size for one in self.operations if isinstance(one, Convolve)]
        return area * sum(kernels)

"""Which way each convolution is computed: by what it costs on a core, or as asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sesr.errors import UsageError, did_you_mean
from sesr.export.c99.integers import Convolve, IntegerNetwork
from sesr.export.c99.winograd import COMPLEX_POINTS, RATIONAL_POINTS, Winograd

CONVOLUTIONS: dict[str, tuple[complex, ...]] = {
    "direct": (),
    "winograd": RATIONAL_POINTS,
    "complex-winograd": COMPLEX_POINTS,
}
"""Points of Winograd's way, by the name of the option."""

SCALED = "scaled-winograd"
"""The way over `COMPLEX_POINTS` that is not exact: its filters are cut to so many bits."""

_SCALED_BITS = 8
"""Without a number: four of twelve bits less, and half the memory."""

_PointsOf = Callable[[Convolve], tuple[complex, ...]]

_TRANSFORM = {RATIONAL_POINTS: 155, COMPLEX_POINTS: 630}
"""Instructions of the transforms of a tile, for each input and output channel: counted on a
Cortex-M4 with M5 (`benchmarks/c99/instructions.py`, gcc 12 -O3)."""


def parse_convolution(text: str) -> tuple[tuple[complex, ...], int]:
    """The points of a way, and the bits of its filters; 0 for all that they have.

    Args:
        text: a key of `CONVOLUTIONS`, or "scaled-winograd:8" with 4 to 12 bits.

    Raises:
        UsageError: there is no such way.

    Example:
        >>> parse_convolution("winograd"), parse_convolution("scaled-winograd:9")
        (((0, 1, -1), 0), ((0, 1, -1, 1j, (-0-1j)), 9))
    """
    name, colon, number = text.partition(":")
    if name == SCALED:
        bits = _SCALED_BITS if not colon else int(number) if number.isdecimal() else 0
        if bits not in range(4, 13):
            raise UsageError(f"{SCALED}:BITS takes 4 to 12 bits; received {text!r}")
        return COMPLEX_POINTS, bits
    if text not in CONVOLUTIONS:
        known = [*CONVOLUTIONS, SCALED]
        raise UsageError(
            f"unknown convolution {text!r}: {did_you_mean(text, known)}those that exist are "
            f"{', '.join(known)}"
        )
    return CONVOLUTIONS[text], 0


def way_of(one: Convolve) -> str:
    """The name of the way that a convolution is computed, as `parse_convolution` reads it."""
    if one.bits:
        return f"{SCALED}:{one.bits}"
    return next(name for name, points in CONVOLUTIONS.items() if points == one.points)


def force_points(
    network: IntegerNetwork, points: tuple[complex, ...], bits: int = 0
) -> IntegerNetwork:
    """The network with one way wherever a tile would give more than one output a side."""
    forced = _with_points(network, lambda one: points if _admits(one, points) else ())
    operations = (
        replace(one, bits=bits) if isinstance(one, Convolve) and one.points else one
        for one in forced.operations
    )
    return replace(forced, operations=tuple(operations))


def choose_points(
    network: IntegerNetwork, points: tuple[complex, ...], product: float
) -> IntegerNetwork:
    """The network with a way of Winograd's where it takes fewer instructions than the direct one.

    Args:
        network: to compute.
        points: of the way.
        product: instructions of a multiplication and addition, with what it loads.
    """

    def cheaper(one: Convolve) -> tuple[complex, ...]:
        if not _admits(one, points):
            return ()
        ways = (), points
        return min(ways, key=lambda way: convolution_cost(one, way, product))

    return _with_points(network, cheaper)


def count_instructions(network: IntegerNetwork, product: float) -> float:
    """Instructions of all convolutions for a pixel of the small image, about."""
    convolutions = [one for one in network.operations if isinstance(one, Convolve)]
    return sum(convolution_cost(one, one.points, product) for one in convolutions)


def convolution_cost(one: Convolve, points: tuple[complex, ...], product: float) -> float:
    """Instructions of a convolution for a pixel of the small image, about."""
    rows, columns, inputs, outputs = map(int, one.kernel.shape)
    if not points:
        return product * int(one.kernel.size)
    tile = products_of(one, points) * inputs * outputs * product
    tile += _TRANSFORM[points] * (inputs + outputs)
    return tile / (Winograd(points, rows).outputs * Winograd(points, columns).outputs)


def products_of(one: Convolve, points: tuple[complex, ...]) -> int:
    """Multiplications of a tile for every two channels."""
    return Winograd(points, one.kernel.shape[0]).products


def multiplications(network: IntegerNetwork) -> int:
    """Of all convolutions for one tile of the network, those of whole tiles of Winograd's."""
    height, width = network.maps[0].height, network.maps[0].width
    total = 0
    for one in network.operations:
        if not isinstance(one, Convolve):
            continue
        rows, columns, inputs, outputs = one.kernel.shape
        count, each = height * width, rows * columns
        if one.points:
            down, across = (Winograd(one.points, taps).outputs for taps in (rows, columns))
            count, each = -(-height // down) * -(-width // across), products_of(one, one.points)
        total += count * each * inputs * outputs
    return total


def _admits(one: Convolve, points: tuple[complex, ...]) -> bool:
    return bool(points) and all(Winograd(points, taps).outputs > 1 for taps in one.kernel.shape[:2])


def _with_points(network: IntegerNetwork, points_of: _PointsOf) -> IntegerNetwork:
    return replace(
        network,
        operations=tuple(
            replace(one, points=points_of(one)) if isinstance(one, Convolve) else one
            for one in network.operations
        ),
    )

"""Where the rows of feature maps lie, and in which order they are computed.

A map is a ring of rows: row y lies where y modulo the ring's length says. Computed row by row, a
ring is as long as its readers need; computed map by map, it is the whole map, and maps that are
not needed at the same time share their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sesr.export.c99.integers import IntegerNetwork


@dataclass(frozen=True, slots=True)
class Step:
    """How one operation walks over a tile; the first step of a network copies the image.

    Attributes:
        inputs: the maps that it reads.
        rows: that it computes at a time.
        above, below: rows that it reads beyond those.
        left, right: columns that it reads beyond a map's border.
    """

    inputs: tuple[int, ...] = ()
    rows: int = 1
    above: int = 0
    below: int = 0
    left: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True)
class Ring:
    """The place of a map.

    Attributes:
        offset: of its first row in the arena.
        rows: that it holds at a time.
        margin: bytes before the first pixel of a row.
        stride: bytes from one row to the next.
    """

    offset: int
    rows: int
    margin: int
    stride: int


@dataclass(frozen=True, slots=True)
class Arena:
    """The memory of a tile.

    Attributes:
        rings: of every map, in the network's order.
        blanks: offset of a row of zero points, by the zero point.
        blank_bytes: of each such row.
        size: bytes altogether.
        line_buffered: row by row, not map by map.
    """

    rings: tuple[Ring, ...]
    blanks: dict[int, int]
    blank_bytes: int
    size: int
    line_buffered: bool


def plan_arena(network: IntegerNetwork, steps: Sequence[Step], line_buffered: bool) -> Arena:
    """Give every map its place.

    Args:
        network: whose map k is written by step k.
        steps: the first copies the image, the others are the network's operations.
        line_buffered: compute row by row, not map by map.
    """
    height = network.maps[0].height
    lengths = _ring_lengths(steps, height) if line_buffered else [height] * len(network.maps)
    lives = [(index, _last_reader(steps, index)) for index in range(len(lengths))]
    shapes = [_row_shape(network, steps, index) for index in range(len(lengths))]
    rings: list[Ring] = []
    for index, (rows, (margin, stride)) in enumerate(zip(lengths, shapes, strict=True)):
        taken = [
            (ring.offset, ring.offset + ring.rows * ring.stride)
            for other, ring in enumerate(rings)
            if line_buffered or lives[other][1] >= index
        ]
        rings.append(Ring(_first_gap(taken, rows * stride), rows, margin, stride))
    end = max(ring.offset + ring.rows * ring.stride for ring in rings)
    blank = max(stride for _, stride in shapes)
    read_around = sorted({network.maps[m].zero for step in steps[1:] for m in step.inputs})
    blanks = {zero: end + number * blank for number, zero in enumerate(read_around)}
    return Arena(tuple(rings), blanks, blank, end + len(blanks) * blank, line_buffered)


def is_ready(steps: Sequence[Step], done: Sequence[int], index: int, height: int) -> bool:
    """Whether the rows that a step reads next are there; the generated C asks the same."""
    step = steps[index]
    wanted = min(height, done[index] + step.rows + step.below)
    return done[index] < height and all(done[source] >= wanted for source in step.inputs)


def _ring_lengths(steps: Sequence[Step], height: int) -> list[int]:
    """Rows that each map must hold, found by walking through a tile as the C does."""
    done = [0] * len(steps)
    lengths = [1] * (len(steps) - 1)
    while done[-1] < height:
        for index, step in enumerate(steps):
            if not is_ready(steps, done, index, height):
                continue
            done[index] = min(height, done[index] + step.rows)
            if index < len(lengths):
                oldest = min(_oldest(s, d, height) for s, d in _readers(steps, done, index))
                lengths[index] = max(lengths[index], done[index] - oldest)
    return lengths


def _readers(steps: Sequence[Step], done: Sequence[int], index: int) -> list[tuple[Step, int]]:
    return [(step, d) for step, d in zip(steps, done, strict=True) if index in step.inputs]


def _oldest(step: Step, done: int, height: int) -> int:
    return height if done >= height else max(0, done - step.above)


def _last_reader(steps: Sequence[Step], index: int) -> int:
    return max(number for number, step in enumerate(steps) if index in step.inputs)


def _row_shape(network: IntegerNetwork, steps: Sequence[Step], index: int) -> tuple[int, int]:
    """Bytes before the pixels of a row, and of all of it."""
    readers = [step for step in steps if index in step.inputs]
    left, right = max(step.left for step in readers), max(step.right for step in readers)
    one = network.maps[index]
    return left * one.channels, (left + one.width + right) * one.channels


def _first_gap(taken: list[tuple[int, int]], size: int) -> int:
    """The lowest offset at which `size` bytes are free."""
    start = 0
    for low, high in sorted(taken):
        if low - start >= size:
            break
        start = max(start, high)
    return start

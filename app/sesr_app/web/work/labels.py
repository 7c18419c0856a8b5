"""Where the names of points stand in a picture, so that no name lies on another point."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

_LETTER, _LINE = 8.5, 15
"""Width of a letter at most, and height of a line, in the picture's units."""

_GAP = 11
"""From the middle of a point to its name: its radius and some room."""

_ROUNDS = 10


class Label(NamedTuple):
    """The box of a name; y goes down.

    Attributes:
        anchor: which of its sides is nearest to the point, "start", "end" or "middle".
    """

    left: float
    top: float
    right: float
    bottom: float
    anchor: str = "start"

    @property
    def x(self) -> float:
        """Of the anchor."""
        shares = {"start": 0.0, "middle": 0.5, "end": 1.0}
        return self.left + shares[self.anchor] * (self.right - self.left)

    def overlap(self, other: Label) -> float:
        """Area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)


def place_labels(names: Sequence[str], places: Sequence[tuple[float, float]]) -> list[Label]:
    """A place for the name of every point: right of it, or where there is more room.

    Args:
        names: of the points.
        places: x and y of each.

    Example:
        >>> boxes = place_labels(["M5", "M7"], [(100, 50), (115, 52)])
        >>> [round(box.left) for box in boxes]
        [72, 126]
    """
    points = [Label(x - _GAP, y - _GAP, x + _GAP, y + _GAP) for x, y in places]
    choices = [_around(x, y, name) for name, (x, y) in zip(names, places, strict=True)]
    labels = [boxes[0] for boxes in choices]
    # Each in turn takes the first place that covers least, until all stay where they are.
    for _ in range(_ROUNDS):
        before = list(labels)
        for number, boxes in enumerate(choices):
            others = [*points[:number], *points[number + 1 :]]
            others += [*labels[:number], *labels[number + 1 :]]
            labels[number] = min(boxes, key=partial(_covered, others=others))
        if labels == before:
            break
    return labels


def _covered(label: Label, others: Sequence[Label]) -> float:
    return sum(map(label.overlap, others))


def _around(x: float, y: float, name: str) -> list[Label]:
    """Right, left, below, above, and at the four corners."""
    width = len(name) * _LETTER
    lefts = {"start": x + _GAP, "end": x - _GAP - width, "middle": x - width / 2}
    beside, below, above = y - _LINE / 2, y + _GAP, y - _GAP - _LINE
    corners = [
        *(("start", beside), ("end", beside), ("middle", below), ("middle", above)),
        *(("start", below), ("start", above), ("end", below), ("end", above)),
    ]
    return [
        Label(lefts[anchor], top, lefts[anchor] + width, top + _LINE, anchor)
        for anchor, top in corners
    ]

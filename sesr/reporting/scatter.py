"""Points on two axes, as SVG inside a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sesr.reporting.html import Markup, element, joined

_WIDTH, _HEIGHT = 640, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 16, 48


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One point.

    Attributes:
        x, y: where it lies.
        mark: short, written beside it; the table beside the chart says what it stands for.
        name: what it stands for, shown when it is pointed at.
        second: drawn in the second color, as what the others are compared with.
    """

    x: float
    y: float
    mark: str
    name: str
    second: bool = False


@dataclass(frozen=True, slots=True)
class ChartAxis:
    """One axis, long enough for some values.

    Attributes:
        title: what it tells, with its unit.
        low, high: its ends.
        write: a value as text.
        logarithmic: whether equal distances are equal ratios.
    """

    title: str
    low: float
    high: float
    write: Callable[[float], str]
    logarithmic: bool = False

    @classmethod
    def over(
        cls,
        title: str,
        values: Sequence[float],
        write: Callable[[float], str],
        *,
        logarithmic: bool = False,
    ) -> ChartAxis:
        """The axis for some values, with room on both sides."""
        low, high = min(values), max(values)
        if logarithmic:
            return cls(title, low / 1.25, high * 1.25, write, True)
        room = 0.08 * (high - low) or 0.05 * abs(high) or 0.05
        return cls(title, low - room, high + room, write)

    def place(self, value: float) -> float:
        """Where a value lies, from 0 at the low end to 1 at the high one."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values along it.

        Example:
            >>> ChartAxis("", 0.12, 0.58, str).ticks()
            [0.2, 0.3, 0.4, 0.5]
        """
        if self.logarithmic:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)))
            values = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
        else:
            step = _round_step((self.high - self.low) / 5)
            first, last = math.ceil(self.low / step), math.floor(self.high / step)
            values = [round(step * n, 10) for n in range(first, last + 1)]
        return [value for value in values if self.low <= value <= self.high]


def scatter(
    points: Sequence[ChartPoint],
    x: ChartAxis,
    y: ChartAxis,
    text: str,
    edge: Sequence[tuple[float, float]] = (),
) -> Markup:
    """Draw points.

    Args:
        points: one or more.
        x, y: axes that hold them.
        text: what the chart shows, for those who do not see it.
        edge: points that a line goes through.
    """
    line = " ".join(f"{_across(x, a):.1f},{_down(y, b):.1f}" for a, b in edge)
    return element(
        "svg",
        element("title", text),
        *_axes(x, y),
        *([element("polyline", points=line, class_="edge")] if edge else []),
        *(_dot(point, x, y) for point in points),
        *_marks(points, x, y),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        role="img",
    )


def _dot(point: ChartPoint, x: ChartAxis, y: ChartAxis) -> Markup:
    left, top = f"{_across(x, point.x):.1f}", f"{_down(y, point.y):.1f}"
    name = f"{point.name}: {x.write(point.x)}, {y.write(point.y)}"
    color = "second" if point.second else "first"
    return element(
        "circle", element("title", name), cx=left, cy=top, r=5, fill_opacity=0.8, class_=color
    )


def _marks(points: Sequence[ChartPoint], x: ChartAxis, y: ChartAxis) -> Iterator[Markup]:
    """Beside the points; those of one place in one line, and inside the chart at its right end."""
    places: dict[tuple[int, int], list[str]] = {}
    for point in points:
        place = round(_across(x, point.x)), round(_down(y, point.y))
        places.setdefault(place, []).append(point.mark)
    for (left, top), marks in places.items():
        near_end = left > _LEFT + 0.8 * (_WIDTH - _LEFT - _RIGHT)
        side = {"text_anchor": "end", "dx": -8} if near_end else {"dx": 8}
        yield element("text", ", ".join(dict.fromkeys(marks)), x=left, y=top, dy=4, **side)


def _axes(x: ChartAxis, y: ChartAxis) -> list[Markup]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    frame = f"M{_LEFT} {_TOP}V{bottom}H{right}"
    return [
        *(_tick_below(x, value) for value in x.ticks()),
        *(_tick_left(y, value) for value in y.ticks()),
        element("path", d=frame, class_="axis"),
        element("text", x.title, x=(_LEFT + right) / 2, y=_HEIGHT - 8, text_anchor="middle"),
        element("text", y.title, transform=f"translate(14 {bottom}) rotate(-90)"),
    ]


def _tick_below(x: ChartAxis, value: float) -> Markup:
    at, bottom = f"{_across(x, value):.1f}", _HEIGHT - _BOTTOM
    return joined(
        element("line", x1=at, x2=at, y1=_TOP, y2=bottom, class_="grid"),
        element("text", x.write(value), x=at, y=bottom + 18, text_anchor="middle"),
    )


def _tick_left(y: ChartAxis, value: float) -> Markup:
    at = _down(y, value)
    return joined(
        element(
            "line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=f"{at:.1f}", y2=f"{at:.1f}", class_="grid"
        ),
        element("text", y.write(value), x=_LEFT - 6, y=f"{at + 4:.1f}", text_anchor="end"),
    )


def _across(axis: ChartAxis, value: float) -> float:
    return _LEFT + axis.place(value) * (_WIDTH - _LEFT - _RIGHT)


def _down(axis: ChartAxis, value: float) -> float:
    return _HEIGHT - _BOTTOM - axis.place(value) * (_HEIGHT - _TOP - _BOTTOM)


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at least the rough step."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * 0.999)

"""Pictures of a network before and after the collapse, as SVG inside the page.

Everything is drawn in the color of the text, so that light and dark pages show it alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from sesr.catalog.networks import get_variant

_VARIANT, _SCALE = "M5", 2

_WIDTH, _HEIGHT, _AXIS = 720, 262, 150
"""Of a drawing, and the height at which the feature maps lie."""

_LEFT, _STEP = 86, 84
"""Where the first block stands, and from one to the next."""

_BAR = 14
"""Width of a bar; its height tells how many channels there are."""

_STROKE = 'fill="none" stroke="currentColor" stroke-width="1.5"'


@dataclass(frozen=True, slots=True)
class Bar:
    """Feature maps, as a bar.

    Attributes:
        x: of its middle.
        channels: that it stands for.
        strong: whether they run on every device, or are there for training only.
    """

    x: float
    channels: int
    strong: bool = True

    def draw(self) -> str:
        """A rectangle with its number below, where no way around passes."""
        height = 14 + 0.45 * self.channels
        opacity = 0.75 if self.strong else 0.25
        top = _AXIS - height / 2
        number = top + height + 15
        return (
            f'<rect x="{self.x - _BAR / 2:g}" y="{top:g}" width="{_BAR}" height="{height:g}" '
            f'rx="2" fill-opacity="{opacity}"/>' + _text(self.x, number, str(self.channels))
        )


def expanded() -> str:
    """The network that trains: every block is wide inside and linear."""
    spec = get_variant(_VARIANT)
    parts = [_line(), *_ends()]
    last = len(spec.kernels) - 1
    for index, (height, width) in enumerate(spec.kernels):
        x = _LEFT + index * _STEP
        out = _SCALE**2 if index == last else spec.features
        parts += [Bar(x, spec.expansion, False).draw(), Bar(x + _STEP / 2, out).draw()]
        parts.append(_text(x, _AXIS + 98, f"{height}x{width}"))
        parts.append(_text(x + _STEP / 2, _AXIS + 98, "1x1"))
        if 0 < index < last:
            parts.append(_arc(x - _STEP / 2, x + _STEP / 2, 62))
    parts += _long_ways()
    return _figure(
        parts,
        f"SESR-{_VARIANT} while it trains. Each linear block widens to {spec.expansion} channels "
        f"and narrows again by a 1x1 convolution; small arcs are the additions inside a block, "
        "large ones those that stay.",
    )


def collapsed() -> str:
    """The network that runs: one convolution a block."""
    spec = get_variant(_VARIANT)
    parts = [_line(), *_ends()]
    last = len(spec.kernels) - 1
    for index, (height, width) in enumerate(spec.kernels):
        x = _LEFT + index * _STEP
        out = _SCALE**2 if index == last else spec.features
        parts.append(Bar(x + _STEP / 2, out).draw())
        parts.append(_text(x + _STEP / 2, _AXIS + 98, f"{height}x{width}"))
    parts += _long_ways()
    return _figure(
        parts,
        f"The same function after the collapse: {len(spec.kernels)} convolutions, "
        f"{spec.parameters(_SCALE):,} weights. This is what runs.",
    )


def _long_ways() -> Iterator[str]:
    """The additions that the collapsed network has too."""
    count = len(get_variant(_VARIANT).kernels)
    first, before_last = _LEFT + _STEP / 2, _LEFT + (count - 2) * _STEP + _STEP / 2
    yield _arc(first, before_last, 128)
    yield _arc(24, _LEFT + (count - 1) * _STEP + _STEP / 2, 160)


def _ends() -> Iterator[str]:
    count = len(get_variant(_VARIANT).kernels)
    yield _text(24, _AXIS + 24, "Y")
    end = _LEFT + count * _STEP
    yield _text(end + 10, _AXIS + 24, f"x{_SCALE}")


def _line() -> str:
    count = len(get_variant(_VARIANT).kernels)
    end = _LEFT + count * _STEP
    return f'<path d="M24 {_AXIS}H{end}" {_STROKE}/><circle cx="24" cy="{_AXIS}" r="4"/>' + (
        f'<path d="M{end} {_AXIS - 5}l10 5l-10 5z"/>'
    )


def _arc(start: float, end: float, height: float) -> str:
    """A way around, over the bars."""
    top = _AXIS - height
    way = f"M{start:g} {_AXIS}C{start:g} {top:g} {end:g} {top:g} {end:g} {_AXIS}"
    return f'<path d="{way}" {_STROKE}/>'


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle">{escape(text)}</text>'


def _figure(parts: list[str], caption: str) -> str:
    drawn = "".join(parts)
    return (
        f'<figure markdown="0"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'fill="currentColor" font-size="12" style="width:45rem;max-width:100%">'
        f"<title>{escape(caption)}</title>{drawn}</svg>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


DRAWINGS: dict[str, Callable[[], str]] = {"collapsed": collapsed, "expanded": expanded}
"""By the name that a page calls them: `<!-- generated: expanded -->`."""

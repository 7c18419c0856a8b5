"""The shipped networks as a picture: quality against cost, each point with its card."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sesr.catalog.card import COLORS, ModelCard
from sesr.catalog.shipped import shipped_models
from sesr_app.web.names import as_html
from sesr_app.web.work.labels import place_labels

_SET = "Set14"
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 640, 360, 60, 50, 24, 90
_RADIUS = 7
"""Of a point."""

_TICKS = (1, 2, 3, 5, 10, 20, 30, 50, 100)


def family_page() -> str:
    """HTML: a picture for each scale, whose points are links to the cards below."""
    cards = [model.card for model in shipped_models() if _SET in model.card.benchmarks]
    scales = sorted({card.scale for card in cards})
    charts = "".join(_figure([card for card in cards if card.scale == one]) for one in scales)
    return f'<div class="sesr-charts">{charts}</div>{"".join(_card(card) for card in cards)}'


def _figure(cards: Sequence[ModelCard]) -> str:
    scale = cards[0].scale
    return (
        f"<figure><figcaption>{scale} times larger: PSNR on {_SET} in dB against billions of "
        f"multiply-accumulates for a result of 1280 x 720. Choose a point to read its card."
        f'</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" '
        f'aria-label="Networks that enlarge {scale} times">{_axes(cards)}'
        f"{''.join(_points(cards))}</svg></figure>"
    )


def _axes(cards: Sequence[ModelCard]) -> str:
    lines = [
        f'<path class="axis" d="M{_LEFT} {_TOP}V{_HEIGHT - _BOTTOM}H{_WIDTH - _RIGHT}"/>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 8}">billion MACs</text>',
    ]
    low, high = _range([_cost(card) for card in cards], 1.3)
    for tick in (tick for tick in _TICKS if low <= tick <= high):
        x = _across(tick, low, high)
        lines.append(f'<text x="{x:.0f}" y="{_HEIGHT - _BOTTOM + 20}">{tick}</text>')
    bottom, top = _quality_range(cards)
    step = 0.2
    for number in range(math.ceil(bottom / step), math.floor(top / step) + 1):
        y = _up(number * step, bottom, top)
        lines.append(
            f'<text class="end" x="{_LEFT - 8}" y="{y + 4:.0f}">{number * step:.1f}</text>'
        )
    return "".join(lines)


def _points(cards: Sequence[ModelCard]) -> Iterator[str]:
    low, high = _range([_cost(card) for card in cards], 1.3)
    bottom, top = _quality_range(cards)
    places = [(_across(_cost(card), low, high), _up(_quality(card), bottom, top)) for card in cards]
    names = [f"{card.variant}{' RGB' if card.channels == 3 else ''}" for card in cards]
    labels = place_labels(names, places)
    for card, name, (x, y), label in zip(cards, names, places, labels, strict=True):
        kind = COLORS[card.channels].lower()
        yield (
            f'<a href="#card-{card.stem}" aria-label="{as_html(card.full_title)}: '
            f'{_quality(card):.2f} dB, {_cost(card):.1f} billion MACs">'
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}"/>'
            f'<text class="{label.anchor}" x="{label.x:.1f}" y="{label.bottom - 4:.1f}">'
            f"{as_html(name)}</text></a>"
        )


def _card(card: ModelCard) -> str:
    rows = [
        ("Weights", f"{card.parameters:,}"),
        ("Multiply-accumulates for 1280 x 720", f"{card.macs_720p:,}"),
        ("Takes", "luma (Y); colours are enlarged by bicubic" if card.channels == 1 else "RGB"),
        *((name, _scores(scores)) for name, scores in card.benchmarks.items()),
        ("Licence", card.license),
    ]
    training = [(name.replace("_", " "), _short(value)) for name, value in card.training.items()]
    return (
        f'<section class="sesr-card" id="card-{card.stem}"><h2>{as_html(card.full_title)}</h2>'
        f"{_table(rows)}<details><summary>How it was trained</summary>{_table(training)}</details>"
        "</section>"
    )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th scope="row">{as_html(name)}</th><td>{as_html(value)}</td></tr>'
        for name, value in rows
        if value
    )
    return f"<table>{cells}</table>"


def _scores(scores: dict[str, float]) -> str:
    text = f"{scores['psnr']:.2f} dB, SSIM {scores['ssim']:.4f}"
    return f"{text}; bicubic {scores['bicubic_psnr']:.2f} dB" if "bicubic_psnr" in scores else text


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _cost(card: ModelCard) -> float:
    return card.macs_720p / 1e9


def _quality(card: ModelCard) -> float:
    return card.benchmarks[_SET]["psnr"]


def _range(values: Sequence[float], room: float) -> tuple[float, float]:
    return min(values) / room, max(values) * room


def _quality_range(cards: Sequence[ModelCard]) -> tuple[float, float]:
    values = [_quality(card) for card in cards]
    return min(values) - 0.1, max(values) + 0.1


def _across(value: float, low: float, high: float) -> float:
    """Where a cost stands; each step is as many times as much."""
    share = math.log(value / low) / math.log(high / low)
    return _LEFT + share * (_WIDTH - _RIGHT - _LEFT)


def _up(value: float, low: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _BOTTOM - _TOP)

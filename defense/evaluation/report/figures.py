"""Curves and example images of a report, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from defense.batch import ImageBatch
from defense.evaluation.report.document import EvaluationReport
from defense.evaluation.report.fooled import gain_of
from defense.evaluation.row import EvaluationRow, worst_case
from defense.evaluation.runner import Evaluation
from defense.evaluation.search import Point, frontier
from defense.evaluation.statistics import wilson_interval
from defense.evaluation.threat import axis_of
from sesr.files import atomic_path

_EXAMPLES = 4
"""Images on the page of examples."""


def save_curves(report: EvaluationReport, path: Path) -> None:
    """Draw accuracy over epsilon for every attacker, worst case per image, with intervals."""
    figure, axes = drawing(6.4, 4.2)
    clean = report.rows[0]
    title, unit = axis_of(report.norm)
    knowledges = dict.fromkeys(knowledge for knowledge, _ in report.groups)
    for knowledge in knowledges:
        rows = [(e, worst_case(g)) for (k, e), g in report.groups.items() if k == knowledge]
        rows.sort(key=lambda pair: pair[0])
        points = [(0.0, np.array(clean.correct)), *rows]
        _draw_curve(axes, points, knowledge, unit)
    bare = [
        (e, np.all([r.bare_correct or () for r in g], axis=0))
        for (k, e), g in sorted(report.groups.items(), key=lambda item: item[0][1])
        if k == "gray-box"
    ]
    if bare:
        _draw_curve(axes, [(0.0, np.array(clean.bare_correct)), *bare], "undefended", unit, "--")
    axes.axhline(1 / report.classes, color="gray", linewidth=0.8, linestyle=":")
    axes.set_xlabel(title)
    axes.set_ylabel("accuracy, worst case per image")
    axes.set_ylim(-0.02, 1.02)
    axes.legend()
    save_figure(figure, path)


def save_examples(evaluation: Evaluation, rows: Sequence[EvaluationRow], path: Path) -> None:
    """Show images clean, attacked and defended, with the differences enlarged.

    The attack is the last gray-box one, or the last of the first attacker; images come in the
    order of the set.
    """
    attacks = [row.cell for row in rows if row.cell]
    if not attacks:
        return
    known = [cell.threat.knowledge for cell in attacks]
    shown = "gray-box" if "gray-box" in known else known[0]
    cell = [cell for cell in attacks if cell.threat.knowledge == shown][-1]
    data = evaluation.data.take(slice(0, _EXAMPLES))
    attacked = evaluation.adversarial(cell)[: len(data)]
    # The same draws for both, so that their difference is what the attack made.
    defended, defended_clean = evaluation.seen(attacked), evaluation.seen(data.images)
    gain = gain_of(cell, attacked - data.images)
    columns: list[tuple[str, ImageBatch]] = [
        ("clean", data.images),
        (f"{cell.attack.label} {cell.threat.size}", attacked),
        ("defended", defended),
        (f"attack, x{gain:.0f}", _difference(attacked, data.images, gain)),
        ("defended, of clean, x5", _difference(defended, defended_clean, 5)),
    ]
    figure, _ = drawing(2.2 * len(columns), 2.3 * len(data), empty=True)
    for row in range(len(data)):
        for column, (title, images) in enumerate(columns):
            axes = figure.add_subplot(len(data), len(columns), row * len(columns) + column + 1)
            axes.imshow(images[row].clip(0, 1))
            axes.set_axis_off()
            if row == 0:
                axes.set_title(title, fontsize=9)
    save_figure(figure, path)


def save_frontier(points: Sequence[Point], proposed: Point, path: Path) -> None:
    """Draw clean against robust accuracy, plain resizing as crosses."""
    figure, axes = drawing(6.4, 4.8)
    for baseline, marker, label in ((False, "o", "defenses"), (True, "x", "plain resizing")):
        group = [point for point in points if point.baseline == baseline]
        axes.plot([p.clean for p in group], [p.robust for p in group], marker, label=label)
    edge = frontier(points)
    axes.step([p.clean for p in edge], [p.robust for p in edge], where="pre", linewidth=0.8)
    axes.plot(proposed.clean, proposed.robust, "*", markersize=14, label=proposed.defense)
    axes.set_xlabel("clean accuracy")
    axes.set_ylabel("gray-box robust accuracy")
    axes.legend(fontsize=8)
    save_figure(figure, path)


def _difference(a: ImageBatch, b: ImageBatch, gain: float) -> ImageBatch:
    """Around mid gray; zero where nothing differs."""
    shown: ImageBatch = (0.5 + gain * (a - b)).clip(0, 1)
    return shown


def _draw_curve(
    axes: Any, points: list[tuple[float, Any]], label: str, unit: float, style: str = "-"
) -> None:
    x = [epsilon * unit for epsilon, _ in points]
    y = [float(np.mean(survivors)) for _, survivors in points]
    bounds = [wilson_interval(int(np.sum(s)), len(s)) for _, s in points]
    axes.plot(x, y, style, marker="o", markersize=3, label=label)
    low, high = zip(*bounds, strict=True)
    axes.fill_between(x, low, high, alpha=0.15)


def drawing(width: float, height: float, *, empty: bool = False) -> tuple[Any, Any]:
    """A figure of its own, beside whatever the caller draws with pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, None if empty else figure.add_subplot()


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure as PNG, in one piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as part:
        figure.savefig(part, dpi=110, format="png")

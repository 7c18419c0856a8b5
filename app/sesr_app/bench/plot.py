"""The picture of a benchmark: quality against speed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from sesr.files import atomic_path
from sesr_app.bench.report import Report, Row

OURS, THEIRS, BICUBIC = "#1b6ca8", "#c8553d", "#777777"

MARKERS = "osD^vP*X"
"""Points of one colour differ in shape, since those of one network lie at one height."""


def save_plot(report: Report, path: Path) -> None:
    """Draw PSNR over megapixels a second, end to end, as PNG; up and right is better.

    Args:
        report: with the PSNR of at least one contender.
        path: of the file, replaced if it exists.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    markers = {color: cycle(MARKERS) for color in (OURS, THEIRS, BICUBIC)}
    for row, speed, quality in _points(report):
        color = _color(row)
        marker = next(markers[color])
        axes.scatter([speed], [quality], c=color, marker=marker, s=50, label=row.name, zorder=3)
    width, height = report.size
    axes.set_xscale("log")
    axes.set_xlabel(f"megapixels of output a second, end to end, {width}x{height} x{report.scale}")
    axes.set_ylabel(f"PSNR on Y of {report.images} photographs [dB]")
    axes.grid(visible=True, which="both", alpha=0.25)
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    with atomic_path(path) as part:
        figure.savefig(part, format="png", dpi=150)


def _points(report: Report) -> Iterator[tuple[Row, float, float]]:
    for row in report.rows:
        if row.figures is not None and row.figures.psnr_db is not None:
            yield row, report.megapixels / row.figures.end_to_end_s, row.figures.psnr_db


def _color(row: Row) -> str:
    return {"ours": OURS, "onnx": OURS, "peer": THEIRS}.get(row.kind, BICUBIC)

"""The picture of a benchmark: quality against speed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from sesr.files import atomic_path
from sesr_app.bench.report import BenchReport, BenchRow

_OURS, _THEIRS, _BICUBIC = "#1b6ca8", "#c8553d", "#777777"

_MARKERS = "osD^vP*X"
"""Points of one colour differ in shape, since those of one network lie at one height."""


def save_plot(report: BenchReport, path: Path) -> None:
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
    markers = {color: cycle(_MARKERS) for color in (_OURS, _THEIRS, _BICUBIC)}
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


def _points(report: BenchReport) -> Iterator[tuple[BenchRow, float, float]]:
    for row in report.rows:
        if row.figures is not None and row.figures.psnr_db is not None:
            yield row, report.megapixels / row.figures.end_to_end_s, row.figures.psnr_db


def _color(row: BenchRow) -> str:
    return {"ours": _OURS, "onnx": _OURS, "peer": _THEIRS}.get(row.kind, _BICUBIC)

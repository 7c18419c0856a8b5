"""Quality against multiply-accumulates, as a table and a plot.

    sesr evaluate Set5 Set14 BSD100 --model M5 --scale 2 --json > m5.json
    sesr evaluate Set5 Set14 BSD100 --model M2 --rgb --json > m2_rgb.json
    python benchmarks/quality/family.py m5.json m2_rgb.json --plot quality.png

    python benchmarks/quality/family.py --scale 2 --plot samples/quality.png

Takes the reports of `sesr evaluate --json`, all of one scale, or without any the cards of the
package, and prints a Markdown table: bicubic, the measured networks, and published figures on Set14
beside them. Work is counted for an output of 1280x720 pixels.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sesr.catalog.card import COLORS, ModelCard
from sesr.catalog.fsrcnn import FSRCNN
from sesr.catalog.shipped import find_form, shipped_models
from sesr_app.web.work.labels import place_labels

SETS = ("Set5", "Set14", "BSD100")
PLOTTED = "Set14"

PAPER = "Bhardwaj et al., MLSys 2022"

PUBLISHED = {
    # scale: {network: PSNR on Y of Set14 in dB}, all from the comparison in that paper
    2: {
        "FSRCNN": 32.62,
        "M3": 32.70,
        "M5": 32.84,
        "M7": 32.91,
        "M11": 33.03,
        "XL": 33.24,
        "VDSR": 33.05,
    },
    4: {
        "FSRCNN": 27.61,
        "M3": 27.62,
        "M5": 27.81,
        "M7": 27.88,
        "M11": 27.94,
        "XL": 28.12,
        "VDSR": 28.01,
    },
}

VDSR_SIZE = (665_000, 612_600_000_000)
"""Parameters, and multiply-accumulates on the enlarged image, for either scale."""


@dataclass(frozen=True)
class Row:
    """One line of the table, one point of the plot.

    Attributes:
        name: of the network.
        parameters: kernel weights; 0 for bicubic.
        macs: multiply-accumulates for 1280x720.
        psnr: in dB by the name of the set.
        ssim: likewise; empty for published figures.
        measured: by this project.
        int8: whether the network computes in int8.
    """

    name: str
    parameters: int
    macs: int
    psnr: dict[str, float]
    ssim: dict[str, float]
    measured: bool
    int8: bool = False


NEAR = {"start": "left", "end": "right", "middle": "center"}
"""Sides of a name in matplotlib's words."""


def main() -> None:
    """Parse the command line, print the table, draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", type=Path, nargs="*", help="of sesr evaluate --json")
    parser.add_argument("--scale", type=int, default=2, help="of the cards; default 2")
    parser.add_argument("--plot", type=Path, help="picture to write")
    arguments = parser.parse_args()
    if arguments.reports:
        scale, measured = report_rows(arguments.reports)
    else:
        scale, measured = arguments.scale, card_rows(arguments.scale)
    rows = [*sorted(measured, key=lambda row: row.macs), *published_rows(scale)]
    print(table(rows))
    if arguments.plot:
        draw(rows, scale, arguments.plot)


def report_rows(paths: list[Path]) -> tuple[int, list[Row]]:
    """The scale of some reports, and a row each beside bicubic's."""
    reports = [read_report(path) for path in paths]
    scales = {report["scale"] for report in reports}
    if len(scales) > 1:
        sys.exit(f"the reports must be of one scale; received {sorted(scales)}")
    sets = reports[0]["sets"]
    return scales.pop(), [bicubic_row(sets), *map(measured_row, reports)]


def card_rows(scale: int) -> list[Row]:
    """The networks of the package, those for int8 too, beside bicubic, as their cards have them."""
    models = [model for model in shipped_models() if model.card.scale == scale]
    forms = [form for model in models if (form := find_form(model, "int8"))]
    cards = [model.card for model in (*models, *forms) if model.card.benchmarks]
    if not cards:
        sys.exit(f"no network of the package has figures for x{scale}")
    return [bicubic_row(cards[0].benchmarks), *map(card_row, cards)]


def read_report(path: Path) -> dict[str, Any]:
    """Read what `sesr evaluate --json` printed."""
    try:
        report: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        sys.exit(f"{path}: no report of sesr evaluate --json ({error})")
    return report


def bicubic_row(sets: dict[str, dict[str, float]]) -> Row:
    """Bicubic as measured beside a network."""
    return Row("bicubic", 0, 0, by_set(sets, "bicubic_psnr"), by_set(sets, "bicubic_ssim"), True)


def by_set(sets: dict[str, dict[str, float]], score: str) -> dict[str, float]:
    """One score of every set."""
    return {name: scores[score] for name, scores in sets.items()}


def card_row(card: ModelCard) -> Row:
    """What the card of a network says."""
    int8 = card.quantization == "int8"
    name = f"{card.variant} {COLORS[card.channels]}{' int8' if int8 else ''}"
    psnr, ssim = (by_set(card.benchmarks, score) for score in ("psnr", "ssim"))
    return Row(name, card.parameters, card.macs_720p, psnr, ssim, True, int8)


def measured_row(report: dict[str, Any]) -> Row:
    """What a report of `sesr evaluate --json` says."""
    sets = report["sets"]
    if report["variant"] is None:
        sys.exit(f"{report['model']}: no model card lies beside this file, so its size is unknown")
    int8 = report["form"] == "int8"
    return Row(
        f"{report['variant']} {COLORS[report['channels']]}{' int8' if int8 else ''}",
        report["parameters"],
        report["macs_720p"],
        by_set(sets, "psnr"),
        by_set(sets, "ssim"),
        True,
        int8,
    )


def published_rows(scale: int) -> list[Row]:
    """The literature; sizes are computed, but for VDSR."""
    rows = []
    for name, psnr in PUBLISHED[scale].items():
        if name == "VDSR":
            parameters, macs = VDSR_SIZE
        else:
            card = ModelCard.describe(name, scale, 1, "prelu")
            parameters, macs = card.parameters, card.macs_720p
        rows.append(Row(name, parameters, macs, {PLOTTED: psnr}, {}, False))
    return rows


def table(rows: list[Row]) -> str:
    """The rows in Markdown, PSNR in dB / SSIM, with notes below."""
    lines = [
        f"| network | parameters | GMAC at 720p | {' | '.join(SETS)} | source |",
        "|---" * (4 + len(SETS)) + "|",
    ]
    for row in rows:
        size = f"{row.parameters:,} | {row.macs / 1e9:.2f}" if row.macs else " | "
        source = "measured" if row.measured else PAPER
        lines.append(f"| {row.name} | {size} | {' | '.join(map(row_cell(row), SETS))} | {source} |")
    useful = FSRCNN.macs_without_zeros(360, 640, 2) / 1e9
    lines += [
        "",
        "FSRCNN is counted as in the literature, with the zeros that its deconvolution inserts; "
        f"without them it is {useful:.2f} GMAC for x2.",
    ]
    return "\n".join(lines)


def row_cell(row: Row) -> Any:
    """How the cell of a set is written."""

    def cell(name: str) -> str:
        if name not in row.psnr:
            return ""
        ssim = f" / {row.ssim[name]:.4f}" if name in row.ssim else ""
        return f"{row.psnr[name]:.2f}{ssim}"

    return cell


def draw(rows: list[Row], scale: int, target: Path) -> None:
    """Plot PSNR on one set against the work, measured and published points apart."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5.6), dpi=110, layout="constrained")
    here = [row for row in rows if row.measured and row.macs]
    groups = {
        f"published ({PAPER})": ("0.6", [row for row in rows if not row.measured]),
        "here, float32": ("C3", [row for row in here if not row.int8]),
        "here, int8, below its float32": ("C0", [row for row in here if row.int8]),
    }
    for label, (color, points) in groups.items():
        axes.scatter(*zip(*map(place, points), strict=True), c=color, label=label, zorder=3, s=20)
    bicubic = next(row.psnr[PLOTTED] for row in rows if not row.macs)
    # So far below the networks that a line there would squeeze them together.
    axes.plot([], [], " ", label=f"bicubic has {bicubic:.2f} dB; \u00b3: for RGB")
    axes.margins(x=0.08, y=0.1)
    axes.set_xscale("log")
    axes.set_xlabel("multiply-accumulates for 1280x720, in billions")
    axes.set_ylabel(f"PSNR on Y of {PLOTTED}, x{scale}, in dB")
    axes.legend(loc="lower right", fontsize=9)
    axes.grid(visible=True, which="both", color="0.93")
    figure.draw_without_rendering()
    write_names(axes, list(groups.values()))
    figure.savefig(target)


def place(row: Row) -> tuple[float, float]:
    """Where a network stands: billions of multiply-accumulates, and PSNR in dB."""
    return row.macs / 1e9, row.psnr[PLOTTED]


def write_names(axes: Any, groups: list[tuple[str, list[Row]]]) -> None:
    """Name the points where no other one stands; those of int8 are below those of float32."""
    points = [(color, row) for color, rows in groups for row in rows]
    points.sort(key=lambda point: point[1].int8)
    names = [
        "" if row.int8 else row.name.removesuffix(" Y").replace(" RGB", "\u00b3")
        for _, row in points
    ]
    height = axes.figure.bbox.height
    pixels = axes.transData.transform([place(row) for _, row in points])
    labels = place_labels(names, [(x, height - y) for x, y in pixels])
    for name, label, (color, _) in zip(names, labels, points, strict=True):
        middle = height - (label.top + label.bottom) / 2
        style = {"color": color, "fontsize": 8, "ha": NEAR[label.anchor], "va": "center"}
        axes.annotate(name, (label.x, middle), xycoords="figure pixels", **style)


if __name__ == "__main__":
    main()

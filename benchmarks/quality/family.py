"""Quality against multiply-accumulates, as a table and a plot.

    sesr evaluate Set5 Set14 BSD100 --model M5 --scale 2 --json > m5.json
    sesr evaluate Set5 Set14 BSD100 --model M2 --rgb --json > m2_rgb.json
    python benchmarks/quality/family.py m5.json m2_rgb.json --plot quality.png

Takes the reports of `sesr evaluate --json`, all of one scale, and prints a Markdown table: bicubic,
the measured networks, and published figures on Set14 beside them. Work is counted for an output of
1280x720 pixels.
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
    """

    name: str
    parameters: int
    macs: int
    psnr: dict[str, float]
    ssim: dict[str, float]
    measured: bool


def main() -> None:
    """Parse the command line, print the table, draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", type=Path, nargs="+", help="of sesr evaluate --json")
    parser.add_argument("--plot", type=Path, help="picture to write")
    arguments = parser.parse_args()
    reports = [read_report(path) for path in arguments.reports]
    scales = {report["scale"] for report in reports}
    if len(scales) > 1:
        sys.exit(f"the reports must be of one scale; received {sorted(scales)}")
    (scale,) = scales
    measured = sorted(map(measured_row, reports), key=lambda row: row.macs)
    rows = [bicubic_row(reports[0]), *measured, *published_rows(scale)]
    print(table(rows))
    if arguments.plot:
        draw(rows, scale, arguments.plot)


def read_report(path: Path) -> dict[str, Any]:
    """Read what `sesr evaluate --json` printed."""
    try:
        report: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        sys.exit(f"{path}: no report of sesr evaluate --json ({error})")
    return report


def bicubic_row(report: dict[str, Any]) -> Row:
    """Bicubic as measured beside a network."""
    sets = report["sets"]
    return Row(
        "bicubic",
        0,
        0,
        {name: scores["bicubic_psnr"] for name, scores in sets.items()},
        {name: scores["bicubic_ssim"] for name, scores in sets.items()},
        True,
    )


def measured_row(report: dict[str, Any]) -> Row:
    """What a report of `sesr evaluate --json` says."""
    sets = report["sets"]
    if report["variant"] is None:
        sys.exit(f"{report['model']}: no model card lies beside this file, so its size is unknown")
    form = " int8" if report["form"] == "int8" else ""
    return Row(
        f"{report['variant']} {COLORS[report['channels']]}{form}",
        report["parameters"],
        report["macs_720p"],
        {name: scores["psnr"] for name, scores in sets.items()},
        {name: scores["ssim"] for name, scores in sets.items()},
        True,
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

    figure, axes = plt.subplots(figsize=(7, 4.5), dpi=120, layout="constrained")
    for measured, color, label in ((False, "0.6", f"published ({PAPER})"), (True, "C3", "here")):
        points = [row for row in rows if row.measured == measured and row.macs]
        x, y = [row.macs / 1e9 for row in points], [row.psnr[PLOTTED] for row in points]
        axes.scatter(x, y, color=color, label=label, zorder=2 + measured, s=20)
        # Names above and left, and below and right, so that they keep out of each other's way.
        place = {"xytext": (6, -9)} if measured else {"xytext": (-6, 3), "ha": "right"}
        for row, a, b in zip(points, x, y, strict=True):
            axes.annotate(row.name, (a, b), textcoords="offset points", fontsize=8, **place)
    bicubic = next(row.psnr[PLOTTED] for row in rows if not row.macs)
    # So far below the networks that a line there would squeeze them together.
    axes.plot([], [], " ", label=f"bicubic has {bicubic:.2f} dB")
    axes.margins(x=0.08, y=0.1)
    axes.set_xscale("log")
    axes.set_xlabel("multiply-accumulates for 1280x720, in billions")
    axes.set_ylabel(f"PSNR on Y of {PLOTTED}, x{scale}, in dB")
    axes.legend(loc="lower right", fontsize=9)
    axes.grid(visible=True, which="both", color="0.93")
    figure.savefig(target)


if __name__ == "__main__":
    main()

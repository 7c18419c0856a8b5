"""A benchmark as one HTML file; every figure is one of its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sesr.reporting.html import Markup, bullets, element, facts, grid, page, section
from sesr.reporting.scatter import ChartAxis, ChartPoint, scatter
from sesr_app.bench.report import BenchReport

_COLUMNS = (
    "",
    "contender",
    "end to end",
    "MP/s",
    "network",
    "MP/s",
    "PSNR",
    "memory",
    "runs",
    "version",
)


def bench_page(report: BenchReport, command: str) -> bytes:
    """The page.

    Args:
        report: what was found.
        command: that makes it again.
    """
    content = report.as_json()
    measured = [one for one in content["contenders"] if one["status"] == "ok"]
    absent = [one for one in content["contenders"] if one["status"] != "ok"]
    return page(
        f"{', '.join(content['models'])}: speed and quality",
        grid(_COLUMNS, [_row(number, one) for number, one in enumerate(measured, 1)]),
        section("Quality against speed", _chart(measured)),
        section("What was not measured", bullets([_absence(one) for one in absent]))
        if absent
        else "",
        section("What the columns mean", bullets(report.notes())),
        section("Settings", facts(_settings(content))),
        section("Made by", element("pre", command)),
    )


def _row(number: int, one: dict[str, Any]) -> list[object]:
    psnr, memory = one["psnr_db"], one["peak_memory_mb"]
    return [
        number,
        one["name"],
        f"{one['end_to_end_s'] * 1e3:.1f} ms",
        f"{one['end_to_end_megapixels_per_s']:.2f}",
        f"{one['network_s'] * 1e3:.1f} ms",
        f"{one['network_megapixels_per_s']:.2f}",
        "" if psnr is None else f"{psnr:.2f} dB",
        "" if memory is None else f"{memory:.0f} MB",
        f"{one['end_to_end_runs']} and {one['network_runs']}",
        one["version"],
    ]


def _chart(measured: Sequence[dict[str, Any]]) -> Markup:
    """Up and right is better; nothing where no quality was measured."""
    shown = [(n, one) for n, one in enumerate(measured, 1) if one["psnr_db"] is not None]
    if not shown:
        return Markup("")
    points = [
        ChartPoint(
            one["end_to_end_megapixels_per_s"],
            one["psnr_db"],
            str(number),
            one["name"],
            not one["name"].startswith("SESR"),
        )
        for number, one in shown
    ]
    x = ChartAxis.over(
        "megapixels of output a second, end to end",
        [point.x for point in points],
        "{:g}".format,
        logarithmic=True,
    )
    y = ChartAxis.over("PSNR on Y in dB", [point.y for point in points], "{:.1f}".format)
    return scatter(points, x, y, "Quality against speed")


def _absence(one: dict[str, Any]) -> str:
    return f"{one['name']}, {one['status']}: {one['note']}"


def _settings(content: dict[str, Any]) -> dict[str, object]:
    size, machine = content["input"], content["machine"]
    return {
        "models": ", ".join(content["models"]),
        "input": f"{size['width']}x{size['height']}, enlarged x{content['scale']}",
        "photographs behind the PSNR": content["images"],
        "SESR": content["sesr"],
        **machine,
    }

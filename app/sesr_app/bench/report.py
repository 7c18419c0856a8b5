"""What a benchmark found: rows, table and JSON."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sesr import __version__
from sesr.engine.litert import available_cores
from sesr_app.bench.contenders.contender import ContenderEntry
from sesr_app.bench.isolated import Answer
from sesr_app.bench.measure import Figures

_REFERENCE = "FSRCNN"
"""The peer whose speed is the unit of the ratios."""


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One contender's line.

    Attributes:
        name: of the contender.
        kind: of the contender, as its entry has it.
        status: "ok", "missing" or "failed".
        note: what is missing or failed.
        figures: of a contender that is ok.
        macs: multiply-accumulates for the input of the benchmark; 0 where unknown.
        chosen: how `sesr upscale` is told to run this, as its entry has it.
    """

    name: str
    kind: str
    status: str
    note: str
    figures: Figures | None
    macs: int
    chosen: str = ""

    @classmethod
    def of(cls, entry: ContenderEntry, answer: Answer, size: tuple[int, int]) -> BenchRow:
        """The line of an entry, from what its process answered."""
        figures = Figures(**answer.result) if answer.status == "ok" else None
        macs = entry.macs_per_pixel * size[0] * size[1]
        return cls(entry.name, entry.kind, answer.status, answer.note, figures, macs, entry.chosen)


@dataclass(frozen=True, slots=True)
class BenchReport:
    """All rows of one run.

    Attributes:
        models: this project's networks.
        scale: 2 or 4.
        size: width and height of the input.
        images: photographs behind the PSNR.
        rows: one a contender.
        matrix_gflops: speed of a large matrix product, the ceiling; none if it failed.
    """

    models: list[str]
    scale: int
    size: tuple[int, int]
    images: int
    rows: list[BenchRow]
    matrix_gflops: float | None

    @property
    def megapixels(self) -> float:
        """Of the output."""
        return self.size[0] * self.size[1] * self.scale**2 / 1e6

    @property
    def reference(self) -> Figures | None:
        """Figures of the peer that ratios refer to, if it took part."""
        return next((row.figures for row in self.rows if row.name == _REFERENCE), None)

    def as_json(self) -> dict[str, Any]:
        """All figures, and what they were measured on.

        `contenders` has an object a row, in the order of the table. Each has `name` and `status`
        ("ok", "missing" or "failed"); one that is not ok has `note`, why. The others have the
        attributes of `Figures`, in seconds, 10^6 bytes and dB; both times as megapixels of the
        output a second; `multiply_accumulates` of the network for this input, 0 where unknown,
        and `network_gflops`, which counts each as two; how many times as fast as FSRCNN both
        times are, null without it; and `chosen`, how `sesr upscale` is told to run this:
        "--fast", "default", "--best", or empty.
        """
        return {
            "sesr": __version__,
            "machine": {
                "system": platform.platform(),
                "processor": processor_name(),
                "cores": available_cores(),
                "python": platform.python_version(),
            },
            "models": self.models,
            "scale": self.scale,
            "input": {"width": self.size[0], "height": self.size[1]},
            "images": self.images,
            "matrix_product_gflops": self.matrix_gflops,
            "contenders": [self._row_json(row) for row in self.rows],
        }

    def _row_json(self, row: BenchRow) -> dict[str, Any]:
        head = {"name": row.name, "status": row.status}
        if row.figures is None:
            return {**head, "note": row.note}
        return {
            **head,
            **asdict(row.figures),
            "network_megapixels_per_s": self.megapixels / row.figures.network_s,
            "end_to_end_megapixels_per_s": self.megapixels / row.figures.end_to_end_s,
            "multiply_accumulates": row.macs,
            "network_gflops": _gflops(row.macs, row.figures),
            "chosen": row.chosen,
            "network_times_fsrcnn": self._ratio(row.figures, "network_s"),
            "end_to_end_times_fsrcnn": self._ratio(row.figures, "end_to_end_s"),
        }

    def table(self) -> str:
        """The same for people."""
        header = [
            "",
            "upscale",
            "end to end",
            "MP/s",
            f"/ {_REFERENCE}",
            "network",
            "MP/s",
            f"/ {_REFERENCE}",
        ]
        header += ["GMAC", "GFLOP/s", "PSNR", "memory"]
        body = [self._cells(row, row.figures) for row in self.rows if row.figures]
        kept = [i for i in range(len(header)) if i == 0 or any(cells[i] for cells in body)]
        lines = [[cells[i] for i in kept] for cells in (header, *body)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        printed = [_line(cells, widths) for cells in lines]
        printed += [
            f"{row.name.ljust(widths[0])}  {row.status}: {row.note}"
            for row in self.rows
            if row.figures is None
        ]
        return "\n".join([*printed, "", *self.notes()])

    def _cells(self, row: BenchRow, figures: Figures) -> list[str]:
        gflops = _gflops(row.macs, figures)
        return [
            row.name,
            row.chosen,
            *self._speed(figures, "end_to_end_s"),
            *self._speed(figures, "network_s"),
            f"{row.macs / 1e9:.2f}" if row.macs else "",
            "" if gflops is None else f"{gflops:.0f}",
            "" if figures.psnr_db is None else f"{figures.psnr_db:.2f} dB",
            "" if figures.peak_memory_mb is None else f"{figures.peak_memory_mb:.0f} MB",
        ]

    def _speed(self, figures: Figures, which: str) -> list[str]:
        seconds: float = getattr(figures, which)
        ratio = self._ratio(figures, which)
        return [
            f"{seconds * 1e3:.1f} ms",
            f"{self.megapixels / seconds:.2f}",
            "" if ratio is None else f"{ratio:.2f}",
        ]

    def _ratio(self, figures: Figures, which: str) -> float | None:
        """How many times as fast as the reference."""
        if self.reference is None:
            return None
        return float(getattr(self.reference, which) / getattr(figures, which))

    def notes(self) -> list[str]:
        """What was measured, and what the columns mean."""
        width, height = self.size
        lines = [
            f"{width}x{height} to {width * self.scale}x{height * self.scale}, each contender in a "
            f"process of its own; {available_cores()} cores, {processor_name()}",
            "end to end: RGB array to RGB array; network: its luma alone; MP/s of the output; "
            "GMAC: 10^9 multiply-accumulates of the network; memory: peak of the process",
        ]
        if any(row.chosen for row in self.rows):
            lines.append("upscale: what `sesr upscale` runs for 8-bit images, and how it is told")
        if self.reference is not None:
            lines.append(f"/ {_REFERENCE}: how many times as fast as {_REFERENCE} in OpenCV")
        if self.images:
            lines.append(f"PSNR on Y, mean of {self.images} photographs")
        if self.matrix_gflops is not None:
            lines.append(f"a large float32 matrix product: {self.matrix_gflops:.0f} GFLOP/s")
        return lines


def processor_name() -> str:
    """What the system calls its processor."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _gflops(macs: int, figures: Figures) -> float | None:
    return 2 * macs / figures.network_s / 1e9 if macs else None


def _line(cells: list[str], widths: list[int]) -> str:
    name, *others = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([name, *others])

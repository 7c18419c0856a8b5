"""A benchmark from its first contender to its report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sesr.shipped import TrainedModel
from sesr_app.benching.base import Entry
from sesr_app.benching.entries import ENGINES, ONNX_FILE, onnx_entry, our_entries
from sesr_app.benching.isolated import Answer, run_isolated
from sesr_app.benching.report import Report, Row
from sesr_app.progress import Advance


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What to measure, and how.

    Attributes:
        model: of this project, by name or path.
        found: the same, opened.
        peers: what to measure beside it.
        size: width and height of the input.
        runs: of each kind; the median counts.
        images: photographs for the PSNR; none leaves it out.
    """

    model: str
    found: TrainedModel
    peers: list[Entry]
    size: tuple[int, int]
    runs: int
    images: list[Path]

    def run(self, advance: Advance) -> Report:
        """Measure all contenders, one after the other.

        Raises:
            ImageError: a photograph cannot be used.
        """
        with tempfile.TemporaryDirectory(prefix="sesr-bench-") as folder:
            # Besides these, bicubic, ONNX Runtime and the matrix product.
            jobs = 3 + len(self.peers) + len(ENGINES)
            rows: list[Row] = []
            for entry in self._entries(Path(folder) / ONNX_FILE):
                advance(entry.name, len(rows), jobs)
                rows.append(Row.of(entry, self._measure(entry), self.size))
        advance("matrix product", len(rows), jobs)
        matrix = run_isolated("matrix", runs=self.runs)
        advance("done", jobs, jobs)
        return Report(
            self.found.card.stem,
            self.found.card.scale,
            self.size,
            len(self.images),
            rows,
            matrix.result.get("gflops"),
        )

    def _entries(self, onnx: Path) -> Iterator[Entry]:
        """In the order of the table; the ONNX file is written when its turn comes."""
        scale = self.found.card.scale
        yield Entry("bicubic", "bicubic", {"scale": scale})
        yield from our_entries(self.model, self.found)
        written = run_isolated("onnx", model=self.model, scale=scale, path=str(onnx))
        yield onnx_entry(self.found, onnx, written)
        yield from self.peers

    def _measure(self, entry: Entry) -> Answer:
        if entry.absence:
            return Answer(entry.absence, entry.note)
        return run_isolated(
            "measure",
            kind=entry.kind,
            options=entry.options,
            scale=self.found.card.scale,
            size=self.size,
            runs=self.runs,
            images=[str(path) for path in self.images],
        )

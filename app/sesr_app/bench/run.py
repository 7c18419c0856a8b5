"""A benchmark from its first contender to its report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sesr.catalog.shipped import TrainedModel
from sesr.reporting.progress import Advance
from sesr_app.bench.contender import Entry
from sesr_app.bench.entries import ENGINES, onnx_entry, our_entries
from sesr_app.bench.isolated import Answer, run_isolated
from sesr_app.bench.report import Report, Row


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What to measure, and how.

    Attributes:
        models: of this project and of one scale, by name or path, each with itself opened.
        peers: what to measure beside it.
        size: width and height of the input.
        runs: of each kind; the median counts.
        images: photographs for the PSNR; none leaves it out.
    """

    models: list[tuple[str, TrainedModel]]
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
            # Besides these, ONNX Runtime for every model, bicubic and the matrix product.
            jobs = 2 + len(self.peers) + len(self.models) * (len(ENGINES) + 1)
            rows: list[Row] = []
            for entry in self._entries(Path(folder)):
                advance(entry.name, len(rows), jobs)
                rows.append(Row.of(entry, self._measure(entry), self.size))
        advance("matrix product", len(rows), jobs)
        matrix = run_isolated("matrix", runs=self.runs)
        advance("done", jobs, jobs)
        return Report(
            [found.card.stem for _, found in self.models],
            self._scale,
            self.size,
            len(self.images),
            rows,
            matrix.result.get("gflops"),
        )

    @property
    def _scale(self) -> int:
        return self.models[0][1].card.scale

    def _entries(self, folder: Path) -> Iterator[Entry]:
        """In the order of the table; an ONNX file is written when its turn comes."""
        yield Entry("bicubic", "bicubic", {"scale": self._scale})
        for number, (model, found) in enumerate(self.models):
            yield from our_entries(model, found)
            onnx = folder / f"{number}.onnx"
            written = run_isolated("onnx", model=model, scale=self._scale, path=str(onnx))
            yield onnx_entry(found, onnx, written)
        yield from self.peers

    def _measure(self, entry: Entry) -> Answer:
        if entry.absence:
            return Answer(entry.absence, entry.note)
        return run_isolated(
            "measure",
            kind=entry.kind,
            options=entry.options,
            scale=self._scale,
            size=self.size,
            runs=self.runs,
            images=[str(path) for path in self.images],
        )

"""A benchmark from its first contender to its report."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sesr.catalog.shipped import TrainedModel, find_model, shipped_models
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import UsageError
from sesr.files import write_atomically
from sesr.reporting.progress import Advance
from sesr_app.bench.contenders.contender import ContenderEntry
from sesr_app.bench.entries import onnx_entry, our_entries, peer_entries
from sesr_app.bench.isolated import Answer, run_isolated
from sesr_app.bench.options import BenchOptions
from sesr_app.bench.report import BenchReport, BenchRow
from sesr_app.terminal.progress import progress_bar
from sesr_app.terminal.quiet import quiet_native_logs


def run_benchmark(options: BenchOptions) -> None:
    """Measure what a command line asks for, and print what was found.

    Raises:
        SesrError: something is wrong with the command line as a whole.
    """
    from sesr_datasets.image_folder import find_images

    # Whatever can be found out before the work is.
    benchmark = Benchmark(
        [(model, _find_usable(model, options.scale)) for model in _models(options)],
        [] if options.family and not options.peers else peer_entries(options.peers, options.scale),
        options.sides,
        options.runs,
        find_images([options.images]) if options.images else [],
        options.time_limit,
        options.family,
    )
    with progress_bar(lines=True) as advance:
        report = benchmark.run(advance)
    # Printed first, so that a plot that cannot be written costs no figures.
    print(json.dumps(report.as_json(), indent=2) if options.as_json else report.table(), flush=True)
    if options.plot is not None:
        from sesr_app.bench.plot import save_plot

        save_plot(report, options.plot)
    if options.html is not None:
        from sesr_app.bench.page import bench_page
        from sesr_app.terminal.text import command_line

        write_atomically(options.html, bench_page(report, command_line()))


def _models(options: BenchOptions) -> list[str]:
    """Names or paths of what is measured, the quickest network first."""
    if not options.family:
        return list(options.models)
    cards = [model.card for model in shipped_models()]
    return [card.variant for card in cards if (card.scale, card.channels) == (options.scale, 1)]


def _find_usable(model: str, scale: int) -> TrainedModel:
    found = find_model(model, scale)
    if found.card.channels != 1:
        raise UsageError(f"{model}: the benchmark takes models of the Y channel; this one is RGB")
    with quiet_native_logs():
        LiteRTNetwork(found.litert, threads=1)
    return found


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What to measure, and how.

    Attributes:
        models: of this project and of one scale, by name or path, each with itself opened.
        peers: what to measure beside it.
        size: width and height of the input.
        runs: of each kind; the median counts.
        images: photographs for the PSNR; none leaves it out.
        time_limit: seconds for each contender.
        family: the models are compared with each other, on LiteRT alone.
    """

    models: list[tuple[str, TrainedModel]]
    peers: list[ContenderEntry]
    size: tuple[int, int]
    runs: int
    images: list[Path]
    time_limit: float | None = None
    family: bool = False

    def run(self, advance: Advance) -> BenchReport:
        """Measure all contenders, one after the other.

        Raises:
            ImageError: a photograph cannot be used.
        """
        with tempfile.TemporaryDirectory(prefix="sesr-bench-") as folder:
            # Besides these, bicubic and the matrix product.
            ours = sum(len(self._ours(*model)) + (not self.family) for model in self.models)
            jobs = 2 + len(self.peers) + ours
            rows: list[BenchRow] = []
            for entry in self._entries(Path(folder)):
                advance(entry.name, len(rows), jobs)
                rows.append(BenchRow.of(entry, self._measure(entry), self.size))
        advance("matrix product", len(rows), jobs)
        matrix = run_isolated("matrix", self.time_limit, runs=self.runs)
        advance("done", jobs, jobs)
        return BenchReport(
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

    def _entries(self, folder: Path) -> Iterator[ContenderEntry]:
        """In the order of the table; an ONNX file is written when its turn comes."""
        yield ContenderEntry("bicubic", "bicubic", {"scale": self._scale})
        for number, (model, found) in enumerate(self.models):
            yield from self._ours(model, found)
            if self.family:
                continue
            onnx = folder / f"{number}.onnx"
            written = run_isolated(
                "onnx", self.time_limit, model=model, scale=self._scale, path=str(onnx)
            )
            yield onnx_entry(found, onnx, written)
        yield from self.peers

    def _ours(self, model: str, found: TrainedModel) -> list[ContenderEntry]:
        return our_entries(model, found, "litert" if self.family else None)

    def _measure(self, entry: ContenderEntry) -> Answer:
        if entry.absence:
            return Answer(entry.absence, entry.note)
        return run_isolated(
            "measure",
            self.time_limit,
            kind=entry.kind,
            options=entry.options,
            scale=self._scale,
            size=self.size,
            runs=self.runs,
            images=[str(path) for path in self.images],
        )

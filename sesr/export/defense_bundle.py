"""The folder of a whole defence: super resolution, classifiers, and one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sesr import __version__
from sesr.export.bundle import npu_report
from sesr.export.c_source import CLASSIFIER_SYMBOL, array_source, header_source
from sesr.export.folder import DEFENSE, MANIFEST, hash_files, write_json
from sesr.export.int8_network import Int8Network
from sesr.export.operators import list_operators
from sesr.export.pipeline import NpuPart, frames_a_second

SCALE = 2
"""A defence enlarges two times."""

COLUMNS = ("network", "tiles", "extra pixels", "cycles", "ms", "SRAM KiB", "flash KiB")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the defence costs with one network or another.

    Attributes:
        networks: of super resolution.
        classifiers: by the side of their image.
        host: seconds a frame of the stages that stay CPU work, on the machine of the export.
        size: side of the image that is defended.
    """

    networks: Sequence[NpuPart]
    classifiers: dict[int, NpuPart]
    host: dict[str, float]
    size: int

    def data(self) -> dict[str, Any]:
        """The same for programs."""
        frames = {
            str(side): {part.name: frames_a_second([part, one]) for part in self.networks}
            for side, one in self.classifiers.items()
        }
        return {
            "image": self.size,
            "parts": {part.name: self._part(part) for part in self._parts()},
            "host_seconds": self.host,
            "npu_frames_a_second": frames,
        }

    def text(self) -> str:
        """The table for people."""
        rows = [COLUMNS, *(self._row(part) for part in self._parts())]
        lines = [*_align(rows), "", "on the CPU, measured on the machine that exports:"]
        lines += [f"{name}: {seconds * 1e3:.2f} ms" for name, seconds in self.host.items()]
        for side, classifier in self.classifiers.items():
            lines += ["", *self._frames(side, classifier)]
        return "\n".join(lines)

    def _parts(self) -> list[NpuPart]:
        return [*self.networks, *self.classifiers.values()]

    def _part(self, part: NpuPart) -> dict[str, Any]:
        return {
            "runs": part.runs,
            "tile": part.tile and [part.tile.height, part.tile.width],
            "overhead": part.overhead(self.size),
            "cycles": part.cycles,
            "seconds": part.seconds,
            "one_run": npu_report(part.compiled),
        }

    def _row(self, part: NpuPart) -> tuple[str, ...]:
        compiled = part.compiled
        return (
            part.name,
            part.describe(),
            f"{part.overhead(self.size):.0%}",
            f"{part.cycles:,}",
            f"{part.seconds * 1e3:.2f}",
            f"{compiled.sram / 1024:,.0f}",
            f"{compiled.flash / 1024:,.0f}",
        )

    def _frames(self, side: int, classifier: NpuPart) -> list[str]:
        """Frames a second with every network before one classifier."""
        whole = side == SCALE * self.size
        stages = [name for name in self.host if not (whole and name.startswith("bicubic"))]
        host = sum(self.host[name] for name in stages)
        rows = [("", "NPU frames/s", "with the CPU's work", "NPU times the slowest")]
        slowest = min(frames_a_second([part, classifier]) for part in self.networks)
        for part in self.networks:
            npu = frames_a_second([part, classifier])
            both = frames_a_second([part, classifier], host)
            rows.append((part.name, f"{npu:.2f}", f"{both:.2f}", f"{npu / slowest:.2f}"))
        title = f"classified at {side}x{side} by {classifier.name} (CPU: {', '.join(stages)})"
        return [title, *_align(rows)]


def write_classifier(folder: Path, part: NpuPart, litert: bytes) -> None:
    """Write a compiled classifier: both files, the C array, its header, Vela's report."""
    folder.mkdir()
    (folder / f"{part.name}.tflite").write_bytes(litert)
    (folder / f"{part.name}_vela.tflite").write_bytes(part.compiled.content)
    header = f"{part.name}.h"
    source = array_source(CLASSIFIER_SYMBOL, part.compiled.content, header)
    (folder / f"{CLASSIFIER_SYMBOL}.c").write_text(source)
    network = Int8Network(litert)
    scale, zero = network.input_quantization
    output_scale, output_zero = network.output_quantization
    macros: dict[str, int | float | str] = {
        "CLASSIFIER_SIDE": network.input_shape[1],
        "CLASSIFIER_CLASSES": network.output_shape[-1],
        "CLASSIFIER_INPUT_SCALE": scale,
        "CLASSIFIER_INPUT_ZERO_POINT": zero,
        "CLASSIFIER_OUTPUT_SCALE": output_scale,
        "CLASSIFIER_OUTPUT_ZERO_POINT": output_zero,
        "CLASSIFIER_ARENA_BYTES": npu_report(part.compiled)["arena_bytes"],
    }
    text = header_source(macros, [CLASSIFIER_SYMBOL], guard="SESR_CLASSIFIER_H")
    (folder / header).write_text(text)
    (folder / "vela_report.txt").write_text(part.compiled.report)


def write_defense(folder: Path, table: Comparison, command: str) -> None:
    """Write the table and the manifest of the whole."""
    write_json(folder / "defense.json", table.data())
    (folder / "defense.txt").write_text(table.text() + "\n")
    compiled = sorted(folder.rglob("*_vela.tflite"))
    write_json(
        folder / MANIFEST,
        {
            "kind": DEFENSE,
            "made_by": f"sesr {__version__}",
            "command": command,
            "compiled_operators": {
                path.relative_to(folder).as_posix(): list_operators(path.read_bytes())
                for path in compiled
            },
            "files": hash_files(folder),
        },
    )


def _align(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns: the first two to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines

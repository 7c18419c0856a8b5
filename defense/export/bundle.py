"""The folder of a whole defence: super resolution, classifiers, and one table."""

from __future__ import annotations

from pathlib import Path

from defense.export.comparison import Comparison
from defense.export.pipeline import NpuPart
from sesr import __version__
from sesr.export.folder import DEFENSE, MANIFEST, hash_files, write_json
from sesr.export.npu.bundle import npu_report
from sesr.export.npu.c_source import CLASSIFIER_SYMBOL, array_source, header_source
from sesr.export.operators import list_operators
from sesr.int8.reference import Int8Network


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

"""The folder of a whole defence: super resolution, classifiers, and one table."""

from __future__ import annotations

from pathlib import Path

from defense.export.comparison import Comparison
from defense.export.deploy import DeployedDefense
from defense.export.npu_part import NpuPart
from sesr import __version__
from sesr.export.folder import MANIFEST, hash_files, whole_folder, write_json
from sesr.export.npu.bundle import Origin, npu_report, write_bundle
from sesr.export.npu.c_source import array_source, header_source
from sesr.export.operators import list_operators
from sesr.int8 import Int8Network

DEFENSE = "defense"
"""The kind that the manifest of a whole defence names."""

SUPER_RESOLUTION = "sr"
"""Folder of the super resolution in that of a defence."""

CLASSIFIER_SYMBOL = "classifier_vela"
"""Name of the C array of a compiled classifier."""


def write_defense(folder: Path, defense: DeployedDefense, origin: Origin) -> None:
    """Write everything about a deployed defence; the folder appears once it is complete.

    Args:
        folder: to write.
        defense: what `deploy_defense` returned.
        origin: where it comes from, for the manifests.
    """
    with whole_folder(folder) as part:
        write_bundle(part / SUPER_RESOLUTION, defense.deployed, defense.quality, origin)
        for setting in defense.comparison.settings:
            side = setting.classifier.side
            write_classifier(part / f"classifier_{side}", setting.classifier, defense.litert[side])
        write_table(part, defense.comparison, origin.command)


def write_classifier(folder: Path, part: NpuPart, litert: bytes) -> None:
    """Write a compiled classifier: both files, the C array, its header, Vela's report."""
    folder.mkdir()
    (folder / f"{part.name}.tflite").write_bytes(litert)
    (folder / f"{part.name}_vela.tflite").write_bytes(part.compiled.content)
    header = f"{part.name}.h"
    source = array_source(CLASSIFIER_SYMBOL, part.compiled.content, header)
    (folder / f"{CLASSIFIER_SYMBOL}.c").write_text(source)
    text = header_source(_macros(part, litert), [CLASSIFIER_SYMBOL], guard="SESR_CLASSIFIER_H")
    (folder / header).write_text(text)
    (folder / "vela_report.txt").write_text(part.compiled.report)


def _macros(part: NpuPart, litert: bytes) -> dict[str, int | float | str]:
    network = Int8Network(litert)
    scale, zero = network.input_quantization
    output_scale, output_zero = network.output_quantization
    return {
        "CLASSIFIER_SIDE": network.input_shape[1],
        "CLASSIFIER_CLASSES": network.output_shape[-1],
        "CLASSIFIER_INPUT_SCALE": scale,
        "CLASSIFIER_INPUT_ZERO_POINT": zero,
        "CLASSIFIER_OUTPUT_SCALE": output_scale,
        "CLASSIFIER_OUTPUT_ZERO_POINT": output_zero,
        "CLASSIFIER_ARENA_BYTES": npu_report(part.compiled)["arena_bytes"],
    }


def write_table(folder: Path, table: Comparison, command: str) -> None:
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

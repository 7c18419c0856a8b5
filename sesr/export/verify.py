"""Checking a deployed folder again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from sesr.errors import ExportError
from sesr.export.folder import CPU, DEFENSE, MANIFEST, SUPER_RESOLUTION, hash_files
from sesr.export.npu.c_source import CLASSIFIER_SYMBOL, SYMBOLS, array_content
from sesr.export.operators import NPU_OPERATOR, list_operators
from sesr.int8.reference import Int8Network

KEYS = {
    "": {"files", "compiled_operators", "name", "operators"},
    CPU: {"files", "operators"},
    DEFENSE: {"files", "compiled_operators"},
}
"""What the manifest of a folder must hold, by its kind."""


def verify_bundle(folder: Path) -> list[str]:
    """Check that a folder is what the export made: hashes, operators, C arrays, test vectors.

    Args:
        folder: of one network, or of a whole defence.

    Returns:
        What was checked, a line each.

    Raises:
        ExportError: something is not as it should be; the message names the first such file.
    """
    manifest = _read_manifest(folder)
    checks = [_check_hashes(folder, manifest)]
    if manifest.get("kind") == DEFENSE:
        return [*checks, *_verify_defense(folder, manifest)]
    if manifest.get("kind") == CPU:
        return [*checks, _check_operators(folder, manifest["operators"])]
    name = manifest["name"]
    litert, compiled = f"{name}.tflite", f"{name}_vela.tflite"
    operators = {litert: manifest["operators"], compiled: manifest["compiled_operators"]}
    arrays = {
        f"src/{SYMBOLS['litert']}.c": litert,
        f"src/{SYMBOLS['compiled']}.c": compiled,
    }
    checks.append(_check_operators(folder, operators))
    checks.append(_check_arrays(folder, arrays))
    checks.append(_check_vectors(folder, litert))
    return checks


def _verify_defense(folder: Path, manifest: dict[str, Any]) -> list[str]:
    compiled = manifest["compiled_operators"]
    arrays = {
        f"{Path(name).parent}/{CLASSIFIER_SYMBOL}.c": name
        for name in compiled
        if (folder / name).with_name(f"{CLASSIFIER_SYMBOL}.c").is_file()
    }
    return [
        _check_operators(folder, compiled),
        _check_arrays(folder, arrays),
        *verify_bundle(folder / SUPER_RESOLUTION),
    ]


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
        wanted = KEYS.get(manifest.get("kind", ""), KEYS[""])
    except FileNotFoundError as error:
        raise ExportError(f"{path}: no such file; give a folder that sesr export made") from error
    except (ValueError, AttributeError) as error:
        raise ExportError(f"{path}: not a manifest ({error})") from error
    if not isinstance(manifest.get("files"), dict):
        raise ExportError(f"{path}: not a manifest, it lists no files")
    if not wanted <= set(manifest):
        missing = ", ".join(sorted(wanted - set(manifest)))
        raise ExportError(f"{path}: not a manifest, it lacks {missing}")
    return manifest


def _check_hashes(folder: Path, manifest: dict[str, Any]) -> str:
    wanted, found = manifest["files"], hash_files(folder)
    for name in sorted({*wanted, *found}):
        if name not in found:
            raise ExportError(f"{folder / name}: missing, and the manifest lists it")
        if name not in wanted:
            raise ExportError(f"{folder / name}: not in the manifest; remove it")
        if wanted[name] != found[name]:
            raise ExportError(
                f"{folder / name}: changed; its SHA-256 is {found[name]}, that of the manifest "
                f"{wanted[name]}"
            )
    return f"{len(found)} files have the SHA-256 of the manifest"


def _check_operators(folder: Path, wanted: dict[str, list[str]]) -> str:
    for name, operators in wanted.items():
        if list_operators((folder / name).read_bytes()) != operators:
            raise ExportError(f"{folder / name}: its operators are not those of the manifest")
        others = set(operators) - {NPU_OPERATOR}
        if name.endswith("_vela.tflite") and others:
            raise ExportError(f"{folder / name}: operators on the CPU: {', '.join(sorted(others))}")
    return f"{len(wanted)} networks have the operators of the manifest, compiled none on the CPU"


def _check_arrays(folder: Path, files: dict[str, str]) -> str:
    for source, name in files.items():
        if array_content((folder / source).read_text()) != (folder / name).read_bytes():
            raise ExportError(f"{folder / source}: the array is not equal to {name}")
    return f"{len(files)} C arrays equal their files"


def _check_vectors(folder: Path, litert: str) -> str:
    network = Int8Network((folder / litert).read_bytes())
    inputs = sorted((folder / "vectors").glob("*_input.bin"))
    if not inputs:
        raise ExportError(f"{folder / 'vectors'}: holds no test vector")
    for path in inputs:
        wanted = path.with_name(path.name.replace("_input", "_output"))
        pixels = np.frombuffer(path.read_bytes(), np.int8)
        if pixels.size != np.prod(network.input_shape) or not wanted.is_file():
            raise ExportError(f"{path}: not a tile of this network with an output beside it")
        image = pixels.reshape(network.input_shape[1:])
        if network(image).tobytes() != wanted.read_bytes():
            raise ExportError(f"{wanted}: the network gives another output for {path.name}")
    return f"{len(inputs)} test vectors are reproduced bit for bit"

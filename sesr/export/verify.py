"""Checking a deployed folder again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from sesr.errors import ExportError
from sesr.export.c_source import SYMBOLS, array_content
from sesr.export.folder import MANIFEST, hash_files
from sesr.export.int8_network import Int8Network
from sesr.export.operators import NPU_OPERATOR, list_operators


def verify_bundle(folder: Path) -> list[str]:
    """Check that a folder is what the export made: hashes, operators, C arrays, test vectors.

    Returns:
        What was checked, a line each.

    Raises:
        ExportError: something is not as it should be; the message names the first such file.
    """
    manifest = _read_manifest(folder)
    checks = [_check_hashes(folder, manifest)]
    name = manifest["name"]
    litert, compiled = f"{name}.tflite", f"{name}_vela.tflite"
    checks.append(_check_operators(folder, manifest, litert, compiled))
    checks.append(_check_arrays(folder, {"litert": litert, "compiled": compiled}))
    checks.append(_check_vectors(folder, litert))
    return checks


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
        missing = {"name", "files", "operators", "compiled_operators"} - set(manifest)
    except FileNotFoundError as error:
        raise ExportError(f"{path}: no such file; give a folder that sesr export made") from error
    except (ValueError, TypeError) as error:
        raise ExportError(f"{path}: not a manifest ({error})") from error
    if missing:
        raise ExportError(f"{path}: not a manifest, it lacks {', '.join(sorted(missing))}")
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


def _check_operators(folder: Path, manifest: dict[str, Any], litert: str, compiled: str) -> str:
    for name, key in ((litert, "operators"), (compiled, "compiled_operators")):
        operators = list_operators((folder / name).read_bytes())
        if operators != manifest[key]:
            raise ExportError(f"{folder / name}: its operators are not those of the manifest")
    others = set(manifest["compiled_operators"]) - {NPU_OPERATOR}
    if others:
        raise ExportError(f"{folder / compiled}: operators on the CPU: {', '.join(sorted(others))}")
    return f"{len(manifest['operators'])} operators, none of them on the CPU"


def _check_arrays(folder: Path, files: dict[str, str]) -> str:
    for kind, name in files.items():
        source = folder / "src" / f"{SYMBOLS[kind]}.c"
        if array_content(source.read_text()) != (folder / name).read_bytes():
            raise ExportError(f"{source}: the array is not equal to {name}")
    return f"{len(files)} C arrays equal their files"


def _check_vectors(folder: Path, litert: str) -> str:
    network = Int8Network((folder / litert).read_bytes())
    inputs = sorted((folder / "vectors").glob("*_input.bin"))
    if not inputs:
        raise ExportError(f"{folder / 'vectors'}: holds no test vector")
    for path in inputs:
        wanted = path.with_name(path.name.replace("_input", "_output"))
        image = np.frombuffer(path.read_bytes(), np.int8).reshape(network.input_shape[1:])
        differing = network(image).tobytes() != wanted.read_bytes()
        if differing:
            raise ExportError(f"{wanted}: the network gives another output for {path.name}")
    return f"{len(inputs)} test vectors are reproduced bit for bit"

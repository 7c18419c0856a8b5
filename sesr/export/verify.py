"""Checking an exported folder again."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sesr.errors import ExportError
from sesr.export.c99.host import check_source
from sesr.export.folder import C99, CPU, MANIFEST, NPU, hash_files
from sesr.export.micro_interpreter import PACKAGE, MicroNetwork, has_micro
from sesr.export.npu.c_source import SYMBOLS, array_content
from sesr.export.operators import NPU_OPERATOR, list_operators
from sesr.int8 import Int8Network
from sesr.pixels.levels import Int8Image

_KEYS = {
    NPU: {"files", "compiled_operators", "name", "operators"},
    CPU: {"files", "operators"},
    C99: {"files", "name", "operators"},
}
"""What the manifest of a network must hold, by the kind of its folder."""


def verify_network(folder: Path) -> list[str]:
    """Check that a folder is what the export made: hashes, operators, C arrays, test vectors.

    Args:
        folder: of one network.

    Returns:
        What was checked, a line each.

    Raises:
        ExportError: something is not as it should be; the message names the first such file.
    """
    manifest = read_manifest(folder, _KEYS)
    checks = [check_hashes(folder, manifest)]
    if manifest["kind"] == CPU:
        return [*checks, check_operators(folder, manifest["operators"])]
    name = manifest["name"]
    litert, compiled = f"{name}.tflite", f"{name}_vela.tflite"
    if manifest["kind"] == C99:
        checks.append(check_operators(folder, {litert: manifest["operators"]}))
        # Scaled filters give outputs of their own, which only the C can give.
        exact = manifest.get("exact", True)
        vectors = _check_vectors(folder, litert) if exact else []
        return [*checks, *vectors, check_source(folder)]
    operators = {litert: manifest["operators"], compiled: manifest["compiled_operators"]}
    arrays = {
        f"src/{SYMBOLS['litert']}.c": litert,
        f"src/{SYMBOLS['compiled']}.c": compiled,
    }
    return [
        *checks,
        check_operators(folder, operators),
        check_arrays(folder, arrays),
        *_check_vectors(folder, litert),
    ]


def read_kind(folder: Path) -> str:
    """What a folder holds, by its manifest.

    Raises:
        ExportError: there is no readable manifest.
    """
    path = folder / MANIFEST
    try:
        # Older manifests name no kind where a network is for an NPU.
        kind = str(json.loads(path.read_text()).get("kind", NPU))
    except FileNotFoundError as error:
        raise ExportError(f"{path}: no such file; give a folder that sesr export made") from error
    except (ValueError, AttributeError) as error:
        raise ExportError(f"{path}: not a manifest ({error})") from error
    return kind


def read_manifest(folder: Path, keys: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """Read the manifest of a folder.

    Args:
        folder: that an export made.
        keys: what the manifest must hold, by the kinds that may come.

    Raises:
        ExportError: it is missing, damaged, or of another kind.
    """
    path, kind = folder / MANIFEST, read_kind(folder)
    manifest: dict[str, Any] = {**json.loads(path.read_text()), "kind": kind}
    if kind not in keys:
        raise ExportError(
            f"{path}: not a manifest of a known kind, which are {', '.join(keys)}; "
            f"received {kind!r}"
        )
    if not isinstance(manifest.get("files"), dict):
        raise ExportError(f"{path}: not a manifest, it lists no files")
    missing = sorted(set(keys[kind]) - set(manifest))
    if missing:
        raise ExportError(f"{path}: not a manifest, it lacks {', '.join(missing)}")
    return manifest


def check_hashes(folder: Path, manifest: dict[str, Any]) -> str:
    """Compare the files with the hashes of the manifest; returns what was checked."""
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


def check_operators(folder: Path, wanted: dict[str, list[str]]) -> str:
    """Compare the operators of LiteRT files with the manifest; none may be left to the CPU."""
    for name, operators in wanted.items():
        if list_operators((folder / name).read_bytes()) != operators:
            raise ExportError(f"{folder / name}: its operators are not those of the manifest")
        others = set(operators) - {NPU_OPERATOR}
        if name.endswith("_vela.tflite") and others:
            raise ExportError(f"{folder / name}: operators on the CPU: {', '.join(sorted(others))}")
    return f"{len(wanted)} networks have the operators of the manifest, compiled none on the CPU"


def check_arrays(folder: Path, files: dict[str, str]) -> str:
    """Compare C arrays, by the path of their source, with the files that they hold."""
    for source, name in files.items():
        if array_content((folder / source).read_text()) != (folder / name).read_bytes():
            raise ExportError(f"{folder / source}: the array is not equal to {name}")
    return f"{len(files)} C arrays equal their files"


def _check_vectors(folder: Path, litert: str) -> list[str]:
    """Run the test vectors through LiteRT's reference kernels, and as a board would."""
    content = (folder / litert).read_bytes()
    network = Int8Network(content)
    vectors = _read_vectors(folder, network.input_shape[1:])
    _require_outputs(network, vectors, "the network")
    return [
        f"{len(vectors)} test vectors are reproduced bit for bit",
        _check_micro(content, vectors),
    ]


def _check_micro(content: bytes, vectors: dict[Path, Int8Image]) -> str:
    if not has_micro():
        return f"TensorFlow Lite Micro did not run them, its package {PACKAGE} is not installed"
    network = MicroNetwork(content)
    _require_outputs(network, vectors, "TensorFlow Lite Micro")
    return f"TensorFlow Lite Micro gives the same in an arena of {network.arena_bytes:,} bytes"


def _read_vectors(folder: Path, shape: tuple[int, ...]) -> dict[Path, Int8Image]:
    """Inputs by the path of the output that they must give."""
    vectors = {}
    inputs = sorted((folder / "vectors").glob("*_input.bin"))
    if not inputs:
        raise ExportError(f"{folder / 'vectors'}: holds no test vector")
    for path in inputs:
        wanted = path.with_name(path.name.replace("_input", "_output"))
        pixels = np.frombuffer(path.read_bytes(), np.int8)
        if pixels.size != np.prod(shape) or not wanted.is_file():
            raise ExportError(f"{path}: not a tile of this network with an output beside it")
        vectors[wanted] = pixels.reshape(shape)
    return vectors


def _require_outputs(
    network: Callable[[Int8Image], Int8Image], vectors: dict[Path, Int8Image], who: str
) -> None:
    for wanted, image in vectors.items():
        if network(image).tobytes() != wanted.read_bytes():
            source = wanted.name.replace("_output", "_input")
            raise ExportError(f"{wanted}: {who} gives another output for {source}")

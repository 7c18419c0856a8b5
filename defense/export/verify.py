"""Checking the exported folder of a whole defence again."""

from __future__ import annotations

from pathlib import Path

from defense.export.bundle import CLASSIFIER_SYMBOL, DEFENSE, SUPER_RESOLUTION
from sesr.export.verify import (
    check_arrays,
    check_hashes,
    check_operators,
    read_manifest,
    verify_network,
)

_KEYS = {DEFENSE: {"files", "compiled_operators"}}
"""What the manifest of a defence must hold."""


def verify_defense(folder: Path) -> list[str]:
    """Check that a folder is what the export made, its super resolution included.

    Args:
        folder: of a whole defence.

    Returns:
        What was checked, a line each.

    Raises:
        ExportError: something is not as it should be; the message names the first such file.
    """
    manifest = read_manifest(folder, _KEYS)
    compiled = manifest["compiled_operators"]
    arrays = {
        f"{Path(name).parent}/{CLASSIFIER_SYMBOL}.c": name
        for name in compiled
        if (folder / name).with_name(f"{CLASSIFIER_SYMBOL}.c").is_file()
    }
    return [
        check_hashes(folder, manifest),
        check_operators(folder, compiled),
        check_arrays(folder, arrays),
        *verify_network(folder / SUPER_RESOLUTION),
    ]

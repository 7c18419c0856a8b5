"""Checking an exported folder of any kind."""

from __future__ import annotations

from pathlib import Path


def verify_export(folder: Path) -> list[str]:
    """Check a folder by the kind that its manifest names.

    Returns:
        What was checked, a line each.

    Raises:
        ExportError: something is not as the export left it.
    """
    from defense.export.bundle import DEFENSE
    from defense.export.verify import verify_defense
    from sesr.export.verify import read_kind, verify_network

    return (verify_defense if read_kind(folder) == DEFENSE else verify_network)(folder)

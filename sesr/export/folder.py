"""Folders that appear complete or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sesr.errors import UsageError

MANIFEST = "manifest.json"
NPU = "npu"
CPU = "cpu"
C99 = "c99"
"""The kinds that the manifests of a network for an NPU, of plain files, and of portable C name."""


def check_free(folder: Path, overwrite: bool) -> None:
    """Make sure that a folder may be written, before any work is done.

    Raises:
        UsageError: it exists and is not empty, or something else has its name.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file; give a folder")
    if folder.is_dir() and any(folder.iterdir()):
        if not overwrite:
            raise UsageError(f"{folder}: exists and is not empty; use --overwrite to replace it")
        if not (folder / MANIFEST).is_file():
            raise UsageError(f"{folder}: no export made this folder, so it is not overwritten")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the place of `folder` if the block succeeds."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as place:
        part = Path(place) / "new"
        part.mkdir()
        yield part
        if folder.exists():
            folder.rename(Path(place) / "old")
        part.rename(folder)


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder but the manifest, by its path, in order."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path != folder / MANIFEST
    }


def write_json(path: Path, value: Any) -> None:
    """Write JSON that people can read and compare."""
    path.write_text(json.dumps(value, indent=2) + "\n")


def data_file(name: str) -> Path:
    """A file that comes with the package."""
    return Path(__file__).parent / "data" / name


def copy_data(name: str, target: Path) -> None:
    """Copy a file that comes with the package."""
    shutil.copyfile(data_file(name), target)

"""Finding the images that a command line means."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sesr.errors import ImageError, UsageError
from sesr_app.images import READABLE_SUFFIXES

STANDARD_INPUT = "-"

JUNK_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "lost+found"})
"""Folders that systems leave among photographs; hidden ones are passed over anyway."""


@dataclass(frozen=True, slots=True)
class InputImage:
    """An image to work on.

    Attributes:
        path: of the file; None for the standard input.
        root: the folder that it was found in, if a folder was given.
    """

    path: Path | None
    root: Path | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return STANDARD_INPUT if self.path is None else str(self.path)


def find_inputs(
    inputs: Sequence[str], *, recursive: bool = False, apart_from: Path | None = None
) -> list[InputImage]:
    """Expand folders into the images in them; keep files as they are given.

    Args:
        inputs: files, folders, and "-" for the standard input.
        recursive: look into folders of folders, without following links to folders.
        apart_from: a folder to pass over: the one that results go to.

    Raises:
        UsageError: a folder holds no image, or the standard input is given twice.
        ImageError: a folder cannot be read.
    """
    found: dict[Path | None, InputImage] = {}
    for given in inputs:
        if given == STANDARD_INPUT:
            if None in found:
                raise UsageError("the standard input (-) can be given only once")
            found[None] = InputImage(None)
        elif (path := Path(given)).is_dir():
            inside = list(_images_in(path, recursive, apart_from))
            if not inside:
                hint = "" if recursive else "; add --recursive to look into its folders"
                raise UsageError(f"{path}: the folder holds no images{hint}")
            for image in inside:
                found.setdefault(image, InputImage(image, path))
        else:
            found.setdefault(path, InputImage(path))
    return list(found.values())


def _images_in(folder: Path, recursive: bool, apart_from: Path | None) -> Iterator[Path]:
    avoided = apart_from.resolve() if apart_from else None
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(
            name
            for name in folders
            if recursive
            and not name.startswith(".")
            and name not in JUNK_FOLDERS
            and Path(parent, name).resolve() != avoided
        )
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in READABLE_SUFFIXES:
                yield Path(parent, name)


def _refuse(error: OSError) -> None:
    raise ImageError(f"{error.filename}: the folder cannot be read ({error.strerror})")

"""Where the results of a command go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sesr.errors import ImageError, UsageError
from sesr_app.images import FORMATS, format_of


def plan_outputs(
    inputs: Sequence[Path], output: str | None, scale: int, overwrite: bool
) -> dict[Path, Path]:
    """Give every input file its output file, before any work is done.

    Args:
        inputs: image files.
        output: a file for one input; a folder if it is one, ends with a slash, or there are
            several inputs; None for a place beside each input.
        scale: part of the name, as in photo_x2.png.
        overwrite: allow files that exist already.

    Raises:
        UsageError: two inputs would get one output, an output is its own input, its format is
            unknown, or it exists.
        ImageError: the folder for the output does not exist or is not writable.
    """
    unique = list(dict.fromkeys(inputs))
    planned: dict[Path, Path] = {}
    owners: dict[Path, Path] = {}
    for path in unique:
        target = _target(path, output, scale, several=len(unique) > 1)
        format_of(target)
        key = target.resolve()
        if key in owners:
            raise UsageError(
                f"{target}: both {owners[key]} and {path} would be written here; "
                "upscale them one by one or into different folders"
            )
        _check_target(path, target, overwrite)
        owners[key] = path
        planned[path] = target
    return planned


def _target(path: Path, output: str | None, scale: int, *, several: bool) -> Path:
    suffix = path.suffix if path.suffix.lower() in FORMATS else ".png"
    name = f"{path.stem}_x{scale}{suffix}"
    if output is None:
        return path.with_name(name)
    if several or output.endswith("/") or Path(output).is_dir():
        return _folder(Path(output)) / name
    return Path(output)


def _folder(folder: Path) -> Path:
    """The folder for several outputs, made if missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{folder}: is a file, but a folder is needed for the output") from None
    except OSError as error:
        raise ImageError(f"{folder}: the folder cannot be made ({error.strerror})") from error
    return folder


def _check_target(path: Path, target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise ImageError(f"{target}: is a folder; an image cannot be written there")
    if not target.parent.is_dir():
        raise ImageError(f"{target}: there is no folder {target.parent}; make it first")
    if not os.access(target.parent, os.W_OK):
        raise ImageError(f"{target}: the folder {target.parent} is not writable")
    if not target.exists():
        return
    if path.exists() and target.samefile(path):
        raise UsageError(f"{target}: is the input itself; choose another output")
    if not overwrite:
        raise UsageError(f"{target}: exists already; add --overwrite or choose another output")

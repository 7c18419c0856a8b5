"""Where the results of a command go, settled before any work is done."""

from __future__ import annotations

import os
import string
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sesr.errors import ImageError, UsageError
from sesr_app.images import FORMATS, Format, format_named, format_of
from sesr_app.upscale.inputs import STANDARD_INPUT, InputImage

DEFAULT_NAME = "{stem}_{target}"
_FIELDS = ("stem", "target", "model", "ext")


@dataclass(frozen=True, slots=True)
class Naming:
    """How results are called.

    Attributes:
        template: of the name without suffix, with fields in braces.
        target: what is done: "x2", or a size such as "w800".
        model: name of the model.
        format: of every result; None keeps the format of each input.
        overwrite: allow results that exist.
        skip: pass over inputs whose result exists.
    """

    target: str
    model: str = "M5"
    template: str = DEFAULT_NAME
    format: Format | None = None
    overwrite: bool = False
    skip: bool = False

    def __post_init__(self) -> None:
        """Refuse a template that cannot name files."""
        try:
            fields = {field for _, field, _, _ in string.Formatter().parse(self.template) if field}
        except ValueError as error:
            raise UsageError(f"name template {self.template!r}: {error}") from None
        if unknown := sorted(fields - set(_FIELDS)):
            known = ", ".join(f"{{{field}}}" for field in _FIELDS)
            raise UsageError(
                f"name template {self.template!r}: unknown field {{{unknown[0]}}}; "
                f"the fields are {known}"
            )
        if "/" in self.template or self.template in ("", ".", ".."):
            raise UsageError(
                f"name template {self.template!r}: must be a file name; choose the folder with -o"
            )

    def name_for(self, path: Path) -> str:
        """The file name of an input's result."""
        writable = any(path.suffix.lower() in kind.suffixes for kind in FORMATS)
        kept = path.suffix if writable else ".png"
        suffix = self.format.suffixes[0] if self.format else kept
        stem = self.template.format(
            stem=path.stem, target=self.target, model=self.model, ext=path.suffix[1:]
        )
        return stem + suffix


@dataclass(frozen=True, slots=True)
class Job:
    """One image and the place of its result.

    Attributes:
        image: that is enlarged.
        target: the file to write; None for the standard output.
        format: to write; None for that of the image.
        done: whether the result is there and to be kept.
    """

    image: InputImage
    target: Path | None
    format: Format | None
    done: bool = False


def plan_jobs(images: Sequence[InputImage], output: str | None, naming: Naming) -> list[Job]:
    """Give every image the place of its result, before any work is done.

    Args:
        images: what to work on.
        output: a file for one image; a folder if it is one, ends with a slash, or there are
            several images; "-" for the standard output; None for a place beside each image, or
            beside each folder.
        naming: how results are called.

    Raises:
        UsageError: two images would get one result, a result is its own input, would lie
            outside its folder, has an unknown format, or exists already.
        ImageError: the folder of a result does not exist or is not writable.
    """
    to_pipe = output == STANDARD_INPUT or (output is None and images[0].path is None)
    if to_pipe or images[0].path is None:
        return [_piped_job(images, output, naming, to_pipe)]
    several = len(images) > 1 or any(image.root for image in images)
    into_folder = output is not None and (several or output.endswith("/") or Path(output).is_dir())
    jobs: list[Job] = []
    owners: dict[str, Path] = {}
    for image in images:
        job = _job(image, output, naming, into_folder)
        key = _identity(job)
        if key in owners:
            raise UsageError(
                f"{job.target}: both {owners[key]} and {image.path} would be written here; "
                "give different folders with -o or a name template such as {stem}_{ext}_{target}"
            )
        owners[key] = image.path or Path()
        jobs.append(job)
    return jobs


def _identity(job: Job) -> str:
    place = str((job.target or Path()).resolve())
    # The file systems of macOS take a.jpg and A.JPG for one file.
    return place.casefold() if sys.platform == "darwin" else place


def _piped_job(
    images: Sequence[InputImage], output: str | None, naming: Naming, to_pipe: bool
) -> Job:
    if len(images) > 1:
        raise UsageError("the standard input and output (-) take one image; give one input")
    if to_pipe:
        if sys.stdout.isatty():
            raise UsageError("the standard output is a terminal; redirect it or give -o FILE")
        return Job(images[0], None, naming.format)
    target = Path(output or "")
    if target.is_dir():
        raise UsageError(f"{target}: is a folder; give a file name for the standard input")
    return _checked(Job(images[0], target, naming.format or format_of(target)), naming)


def _job(image: InputImage, output: str | None, naming: Naming, into_folder: bool) -> Job:
    path = image.path or Path()
    name = naming.name_for(path)
    if into_folder:
        folder = make_folder(Path(output or ""))
    elif image.root:
        root = image.root.resolve()
        folder = root.with_name(f"{root.name}_{naming.target}")
    elif output is not None:
        target = Path(output)
        return _checked(Job(image, target, naming.format or format_of(target)), naming)
    else:
        return _checked(Job(image, path.with_name(name), format_of(Path(name))), naming)
    inner = path.parent.relative_to(image.root) if image.root else Path()
    target = folder / inner / name
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"{target}: a link leads out of the output folder {folder}; remove the link"
        )
    return _checked(Job(image, target, format_of(target)), naming, folder)


def make_folder(folder: Path) -> Path:
    """A folder for results, made if missing.

    Raises:
        UsageError: a file is in its place.
        ImageError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"{folder}: is a file, but a folder is needed for the output") from None
    except OSError as error:
        raise ImageError(f"{folder}: the folder cannot be made ({error.strerror})") from error
    return folder


def _checked(job: Job, naming: Naming, folder: Path | None = None) -> Job:
    """Make sure that a result can be written.

    Args:
        folder: of a batch, in which folders are made as they are needed.
    """
    path, target = job.image.path, job.target or Path()
    if target.is_dir():
        raise ImageError(f"{target}: is a folder; an image cannot be written there")
    if not target.parent.is_dir() and folder is None:
        raise ImageError(f"{target}: there is no folder {target.parent}; make it first")
    if target.parent.is_dir() and not os.access(target.parent, os.W_OK):
        raise ImageError(f"{target}: the folder {target.parent} is not writable")
    if not os.path.lexists(target):
        return job
    if path is not None and path.exists() and target.exists() and target.samefile(path):
        raise UsageError(f"{target}: is the input itself; choose another output")
    if naming.skip:
        return Job(job.image, target, job.format, done=True)
    if not naming.overwrite:
        raise UsageError(
            f"{target}: exists already; add --overwrite or --skip-existing, "
            "or choose another output"
        )
    return job


def named_format(name: str | None) -> Format | None:
    """The format of an option, "same" for none."""
    return None if name is None or name == "same" else format_named(name)

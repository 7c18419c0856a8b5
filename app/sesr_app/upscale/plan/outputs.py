"""Where the results of a command go, settled before any work is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sesr.errors import ImageError, UsageError
from sesr_app.images import FORMATS, Format, format_of
from sesr_app.terminal.descriptors import output_was_closed
from sesr_app.upscale.plan.inputs import STANDARD_INPUT, InputImage
from sesr_app.upscale.plan.naming import Naming
from sesr_app.video import Container, container_of

_ALWAYS_LOSSY = frozenset({"jpg"})


class Job(NamedTuple):
    """One image and the place of its result.

    Attributes:
        image: that is enlarged.
        target: the file to write; None for the standard output.
        format: to write; None for that of the image.
        container: to write of a video; None for an image.
        done: whether the result is there and to be kept.
        overwrite: whether a file that is there when the result is whole may be replaced.
    """

    image: InputImage
    target: Path | None
    format: Format | None
    done: bool = False
    container: Container | None = None
    overwrite: bool = True


def plan_jobs(images: Sequence[InputImage], output: str | None, naming: Naming) -> list[Job]:
    """Give every image the place of its result, before any work is done.

    Args:
        images: what to work on.
        output: a file for one image; a folder if it is one, ends with a slash, has no
            extension, or there are several images; "-" for the standard output; None for a
            place beside each image, or beside each folder.
        naming: how results are called.

    Raises:
        UsageError: two images would get one result, a result is its own input, would lie
            outside its folder, has an unknown format, or exists already.
        ImageError: the folder of a result does not exist or is not writable.
    """
    if not images:
        return []
    to_pipe = output == STANDARD_INPUT or (output is None and images[0].path is None)
    if to_pipe or images[0].path is None:
        return [_piped_job(images, output, naming, to_pipe)]
    several = len(images) > 1 or any(image.root for image in images)
    into_folder = output is not None and (several or _names_folder(output))
    if into_folder:
        _check_folder(Path(output or ""))
    jobs: list[Job] = []
    owners: dict[str, Path] = {}
    for image in images:
        job = _job(image, output, naming, into_folder)
        key = _identity(job)
        if key in owners:
            raise UsageError(written_twice(job, owners[key]))
        owners[key] = image.path or Path()
        jobs.append(job)
    return jobs


def written_twice(job: Job, owner: Path | None) -> str:
    """Why a job cannot be done whose result is another image's."""
    return (
        f"{job.target}: both {owner} and {job.image.path} would be written here; "
        "give different folders with -o or a name template such as {stem}_{ext}_{target}"
    )


def _names_folder(output: str) -> bool:
    """Whether an output is a folder, made or to be made: no image is without an extension."""
    ends = output.endswith(("/", os.sep))
    return ends or Path(output).is_dir() or not Path(output).suffix


def _identity(job: Job) -> str:
    place = str((job.target or Path()).resolve())
    # The file systems of macOS and Windows take a.jpg and A.JPG for one file.
    return place.casefold() if sys.platform in ("darwin", "win32") else place


def _piped_job(
    images: Sequence[InputImage], output: str | None, naming: Naming, to_pipe: bool
) -> Job:
    if len(images) > 1:
        raise UsageError("the standard input and output (-) take one image; give one input")
    if to_pipe:
        if images[0].video:
            raise UsageError(f"{images[0].name}: a video cannot go into a pipe; give -o FILE")
        if output_was_closed():
            raise UsageError("the standard output is closed; leave it open or give -o FILE")
        if sys.stdout.isatty():
            raise UsageError("the standard output is a terminal; redirect it or give -o FILE")
        return Job(images[0], None, naming.format)
    target = Path(output or "")
    if target.is_dir():
        raise UsageError(f"{target}: is a folder; give a file name for the standard input")
    return _checked(Job(images[0], target, _format_for(target, naming)), naming)


def _format_for(target: Path, naming: Naming) -> Format:
    """The format of a file that was named.

    Raises:
        UsageError: none that can be written, or another than was asked for.
    """
    if naming.format is None:
        return format_of(target)
    named = next((kind for kind in FORMATS if target.suffix.lower() in kind.suffixes), None)
    if named not in (None, naming.format):
        raise UsageError(
            f"{target}: is named for {named.name if named else ''}, but --format "
            f"{naming.format.name} was given; leave one of the two out"
        )
    return naming.format


def _job(image: InputImage, output: str | None, naming: Naming, into_folder: bool) -> Job:
    path = image.path or Path()
    name = naming.name_for(path, video=image.video)
    if into_folder:
        folder = Path(output or "")
    elif image.root:
        root = image.root.resolve()
        folder = root.with_name(f"{root.name}_{naming.target}")
    elif output is not None:
        return _checked(_placed(image, Path(output), naming), naming)
    else:
        return _checked(_placed(image, path.with_name(name), naming), naming)
    inner = path.parent.relative_to(image.root) if image.root else Path()
    target = folder / inner / name
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"{target}: a link leads out of the output folder {folder}; remove the link"
        )
    return _checked(_placed(image, target, naming), naming, folder)


def _placed(image: InputImage, target: Path, naming: Naming) -> Job:
    """A job whose result has its name."""
    if not image.video:
        return Job(image, target, _format_for(target, naming))
    asked = naming.container
    if asked and container_of(target) is not asked:
        raise UsageError(
            f"{target}: is not named for {asked.name}, which --format asks for; "
            "leave one of the two out"
        )
    return Job(image, target, None, container=container_of(target))


def _check_folder(folder: Path) -> None:
    """Make sure that a folder for results is one or can be made, without making it.

    Raises:
        UsageError: a file is in its place.
        ImageError: it cannot be made.
    """
    above = folder
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise UsageError(f"{above}: is a file, but a folder is needed for the output")
    if above != folder and not os.access(above, os.W_OK):
        raise ImageError(f"{folder}: the folder cannot be made; {above} is not writable")


def refuse_useless(jobs: Sequence[Job], quality: int | None, lossless: bool) -> None:
    """Refuse what a command line asks of encoders that have no such thing.

    Raises:
        UsageError: a quality where no result has one, or losslessness where one cannot be.
    """
    kinds = [job.format for job in jobs]
    if quality and lossless:
        raise UsageError("--quality and --lossless exclude each other; give one of them")
    if quality and kinds and all(kind is not None and not kind.quality for kind in kinds):
        having = ", ".join(kind.name for kind in FORMATS if kind.quality)
        written = ", ".join(sorted({kind.name for kind in kinds if kind}))
        raise UsageError(
            f"--quality is for {having}; the results are {written}: leave it out or give --format"
        )
    for job in jobs if lossless else ():
        if job.format and job.format.name in _ALWAYS_LOSSY:
            raise UsageError(
                f"{job.target or '-'}: {job.format.name} has no lossless mode; choose png or webp "
                "with --format"
            )


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
    job = job._replace(overwrite=naming.overwrite)
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
        return job._replace(done=True)
    if not naming.overwrite:
        raise UsageError(
            f"{target}: exists already; add --overwrite or --skip-existing, "
            "or choose another output"
        )
    return job

"""Finding the images that a command line means."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sesr.errors import ImageError, UsageError
from sesr_app.images import READABLE_SUFFIXES
from sesr_app.video import VIDEO_SUFFIXES, is_video

STANDARD_INPUT = "-"

_JUNK_FOLDERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "lost+found"})
"""Folders that systems leave among photographs; hidden ones are passed over anyway."""

_SUFFIXES_OF_IMAGES = """
.3fr .arw .bmp .bpg .cr2 .cr3 .crw .cur .dcm .dcr .dds .djvu .dng .emf .eps .erf .exr .fit
.fits .flif .hdr .heic .heif .hif .icns .ico .iiq .j2c .j2k .jp2 .jpf .jpm .jpx .jxl .jxr
.kdc .mef .mos .mrw .nef .nrw .orf .ora .pam .pcx .pef .pfm .psb .psd .qoi .raf .ras .raw
.rgb .rw2 .rwl .sgi .sr2 .srf .srw .svg .svgz .tga .wdp .wmf .x3f .xbm .xcf .xpm
"""
_IMAGE_SUFFIXES = frozenset(_SUFFIXES_OF_IMAGES.split())
"""What people call images too, read or not; anything else in a folder is nothing to speak of."""


class InputImage(NamedTuple):
    """An image to work on.

    Attributes:
        path: of the file; None for the standard input.
        root: the folder that it was found in, if a folder was given.
        video: whether it is a video.
    """

    path: Path | None
    root: Path | None = None
    video: bool = False

    @property
    def name(self) -> str:
        """For messages."""
        return STANDARD_INPUT if self.path is None else str(self.path)


class PassedOver(NamedTuple):
    """An image that was met and not taken.

    Attributes:
        path: of the file.
        reason: why not, in a few words.
        kind: what to count it under.
    """

    path: Path
    reason: str
    kind: str


@dataclass(slots=True)
class Found:
    """What a command line means.

    Attributes:
        images: to work on.
        passed_over: other images, which are counted at the end.
    """

    images: list[InputImage] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


def find_inputs(
    inputs: Sequence[str], *, recursive: bool = False, apart_from: Path | None = None
) -> Found:
    """Expand folders into the images in them; keep files as they are given.

    Args:
        inputs: files, folders, and "-" for the standard input.
        recursive: look into folders of folders, without following links to folders.
        apart_from: a folder to pass over: the one that results go to.

    Raises:
        UsageError: a folder holds no image, or the standard input is given twice.
        ImageError: a folder cannot be read.
    """
    images: dict[Path | None, InputImage] = {}
    passed_over: dict[Path, PassedOver] = {}
    for given in inputs:
        if given == STANDARD_INPUT:
            if None in images:
                raise UsageError("the standard input (-) can be given only once")
            images[None] = InputImage(None)
        elif (path := Path(given)).is_dir():
            inside = find_in_folder(path, recursive, apart_from)
            if not inside.images:
                raise UsageError(_none_in(path, inside.passed_over, recursive))
            for image in inside.images:
                images.setdefault(image.path, image)
            passed_over |= {item.path: item for item in inside.passed_over}
        else:
            images.setdefault(path, InputImage(path, video=is_video(path)))
    return Found(list(images.values()), list(passed_over.values()))


def find_in_folder(folder: Path, recursive: bool, apart_from: Path | None) -> Found:
    """The images of one folder, of which there may be none.

    Args:
        folder: where to look.
        recursive, apart_from: as for `find_inputs`.

    Raises:
        ImageError: it cannot be read.
    """
    found = Found()
    for path in _files_in(folder, recursive, apart_from):
        kind = kind_of(path.name)
        if kind in ("image", "video"):
            found.images.append(InputImage(path, folder, video=kind == "video"))
        elif kind:
            found.passed_over.append(PassedOver(path, f"{kind[1:]} is not read", kind))
    return found


def kind_of(name: str) -> str:
    """What a file of a folder is by its name.

    Returns:
        "image" or "video"; the suffix of an image that is not read; nothing for anything else.

    Example:
        >>> [kind_of(name) for name in ("a.JPG", "b.mp4", "c.psd", "d.txt")]
        ['image', 'video', '.psd', '']
    """
    suffix = Path(name).suffix.lower()
    if suffix in READABLE_SUFFIXES:
        return "image"
    if suffix in VIDEO_SUFFIXES:
        return "video"
    return suffix if suffix in _IMAGE_SUFFIXES else ""


def count_kinds(passed_over: Sequence[PassedOver]) -> str:
    """How many there are of each kind.

    Example:
        >>> count_kinds([PassedOver(Path("a.psd"), "psd is not read", ".psd")])
        '1 .psd'
    """
    kinds = Counter(item.kind for item in passed_over)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def _none_in(folder: Path, passed_over: list[PassedOver], recursive: bool) -> str:
    others = f" that are read, but {count_kinds(passed_over)}" if passed_over else ""
    hint = "" if recursive else "; add --recursive to look into its folders"
    return f"{folder}: the folder holds no images{others}{hint}"


def is_hidden(folder: str) -> bool:
    """Whether a folder of this name is passed over.

    Example:
        >>> is_hidden(".git"), is_hidden("@eaDir"), is_hidden("2024")
        (True, True, False)
    """
    return folder.startswith(".") or folder in _JUNK_FOLDERS


def _files_in(folder: Path, recursive: bool, apart_from: Path | None) -> Iterator[Path]:
    avoided = apart_from.resolve() if apart_from else None
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(
            name
            for name in folders
            if recursive and not is_hidden(name) and Path(parent, name).resolve() != avoided
        )
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))


def _refuse(error: OSError) -> None:
    raise ImageError(f"{error.filename}: the folder cannot be read ({error.strerror})")

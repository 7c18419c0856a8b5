"""Which files are videos, and which can be written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sesr.errors import UsageError

DEINTERLACERS = ("bwdif", "yadif", "w3fdif", "estdif")
"""Filters of FFmpeg that make whole frames of interlaced ones, the best first."""


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file for videos.

    Attributes:
        name: for people and for `--format`.
        suffixes: of its files; the first is the usual one.
        muxer: FFmpeg's name of it.
        codecs: that it holds; the first is what is taken unless another is asked for.
    """

    name: str
    suffixes: tuple[str, ...]
    muxer: str
    codecs: tuple[str, ...]


CONTAINERS = (
    Container("mp4", (".mp4", ".m4v"), "mp4", ("x264", "x265", "av1", "vp9")),
    Container("mkv", (".mkv",), "matroska", ("x264", "x265", "av1", "vp9", "ffv1")),
    Container("mov", (".mov",), "mov", ("x264", "x265")),
    Container("webm", (".webm",), "webm", ("vp9", "av1")),
)
"""Everything that can be written."""

_READ_ONLY = (".avi",)
"""What is read and becomes Matroska: AVI knows no time stamps, so modern codecs do not fit in."""

VIDEO_SUFFIXES = frozenset(
    (*(suffix for container in CONTAINERS for suffix in container.suffixes), *_READ_ONLY)
)
"""Suffixes of the files that a search through folders takes."""

_HEAD = re.compile(
    rb"\x1aE\xdf\xa3|RIFF....AVI |.{4}(?:moov|mdat|wide|skip|pnot)"
    rb"|.{4}ftyp(?!avi[fs]|mi[af][f1]|msf1|he[iv][cxms]|crx )",
    re.DOTALL,
)
"""How videos begin; photographs lie in the same kind of file as MP4, under other brands."""


def is_video(path: Path) -> bool:
    """Whether a file is a video, by its first bytes, or by its suffix if they say nothing."""
    return bool(_HEAD.match(_head_of(path))) or path.suffix.lower() in VIDEO_SUFFIXES


def _head_of(path: Path) -> bytes:
    """The first bytes of a file; none of a pipe, which would be without them afterwards."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(12)
    except OSError:
        return b""


def container_named(name: str | None) -> Container | None:
    """A container by its name or by one of its suffixes, without the dot; None if there is none.

    Example:
        >>> container_named("mkv").muxer, container_named("png")
        ('matroska', None)
    """
    suffix = f".{name}".lower()
    return next((container for container in CONTAINERS if suffix in container.suffixes), None)


def container_of(path: Path) -> Container:
    """The container that a file's suffix stands for.

    Raises:
        UsageError: none that can be written.
    """
    found = container_named(path.suffix[1:])
    if found is None:
        known = ", ".join(container.name for container in CONTAINERS)
        what = path.suffix[1:] or "no suffix"
        raise UsageError(f"{path}: a video cannot be written as {what}; choose one of {known}")
    return found


def video_suffix(suffix: str, container: Container | None) -> str:
    """The suffix of the enlarged file of a video.

    Args:
        suffix: of the video.
        container: that was asked for; None keeps that of the video where it can be written.

    Example:
        >>> video_suffix(".MOV", None), video_suffix(".avi", None)
        ('.MOV', '.mkv')
    """
    if container is not None:
        return container.suffixes[0]
    return suffix if container_named(suffix[1:]) else ".mkv"

"""Which files are videos, and which can be written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sesr.errors import UsageError

DEINTERLACERS = ("bwdif", "yadif", "w3fdif", "estdif")
"""Filters of FFmpeg that make whole frames of interlaced ones, the best first."""


class Container(NamedTuple):
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

_MATROSKA = b"\x1aE\xdf\xa3"
_BOXES = (b"moov", b"mdat", b"wide", b"skip", b"pnot")
"""What old QuickTime files begin with; newer ones, and MP4, begin with their brand."""

_BRANDS_OF_PHOTOGRAPHS = (b"avi", b"mif", b"mia", b"msf", b"hei", b"hev", b"crx")
"""How the brands begin of photographs that lie in the same kind of file as MP4."""


def is_video(path: Path) -> bool:
    """Whether a file is a video, by its first bytes, or by its suffix if they say nothing."""
    return _begins_like_video(_head_of(path)) or path.suffix.lower() in VIDEO_SUFFIXES


def _begins_like_video(head: bytes) -> bool:
    if head[4:8] == b"ftyp":
        return not head[8:].startswith(_BRANDS_OF_PHOTOGRAPHS)
    avi = head[:4] == b"RIFF" and head[8:] == b"AVI "
    return avi or head.startswith(_MATROSKA) or head[4:8] in _BOXES


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

"""What each image format can hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Format:
    """A format that images can be written in.

    Attributes:
        name: for people and for `--format`.
        pillow: Pillow's name of it.
        suffixes: of its files; the first is the usual one.
        alpha: holds an alpha channel.
        sixteen: holds 16 bits a channel.
        frames: "no", "animation" or "pages".
        quality: of the encoder by default, 0 if it has no such setting.
        lossless: has a lossless mode beside a lossy one.
        profile: holds a colour profile and EXIF.
        largest_side: in pixels.
    """

    name: str
    pillow: str
    suffixes: tuple[str, ...]
    alpha: bool = True
    sixteen: bool = False
    frames: str = "no"
    quality: int = 0
    lossless: bool = False
    profile: bool = True
    largest_side: int = 2**31 - 1


FORMATS = (
    Format("png", "PNG", (".png", ".apng"), sixteen=True, frames="animation"),
    Format("jpg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), alpha=False, quality=95,
           largest_side=65_500),
    Format("webp", "WEBP", (".webp",), frames="animation", quality=95, lossless=True,
           largest_side=16_383),
    Format("tiff", "TIFF", (".tiff", ".tif"), sixteen=True, frames="pages"),
    Format("avif", "AVIF", (".avif",), frames="animation", quality=90, lossless=True,
           largest_side=65_536),
    Format("bmp", "BMP", (".bmp", ".dib"), alpha=False, profile=False),
    Format("gif", "GIF", (".gif",), frames="animation", profile=False, largest_side=65_535),
)  # fmt: skip
"""Everything that can be written."""

READ_ONLY_SUFFIXES = (".mpo", ".ppm", ".pgm", ".pbm", ".pnm")

READABLE_SUFFIXES = frozenset(
    [suffix for format_ in FORMATS for suffix in format_.suffixes] + list(READ_ONLY_SUFFIXES)
)
"""Suffixes of the files that a search through folders takes."""

SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "Png"),
    (0, b"\xff\xd8\xff", "Jpeg"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\0", "Tiff"),
    (0, b"MM\0*", "Tiff"),
    (0, b"II+\0", "Tiff"),
    (0, b"MM\0+", "Tiff"),
    (4, b"ftypavi", "Avif"),
    (4, b"ftypmif1", "Avif"),
    (0, b"GIF8", "Gif"),
    (0, b"BM", "Bmp"),
    *((0, b"P%d" % digit, "Ppm") for digit in (1, 2, 3, 4, 5, 6)),
)
"""How files begin, and the decoder of Pillow's that they reach.

A file reaches no other: some of Pillow's decoders run foreign programs, and loading all of them
would take longer than decoding.
"""


def decoder_of(head: bytes) -> str | None:
    """Pillow's decoder for a file, by its first bytes."""
    for place, signature, decoder in SIGNATURES:
        if head[place : place + len(signature)] == signature:
            return decoder
    return None


def format_named(name: str) -> Format:
    """A format by its name or by any of its suffixes, without the dot.

    Raises:
        UsageError: none that can be written.
    """
    for format_ in FORMATS:
        if name.lower() == format_.name or f".{name.lower()}" in format_.suffixes:
            return format_
    known = ", ".join(format_.name for format_ in FORMATS)
    raise UsageError(f"unknown output format {name!r}; the formats are {known}")


def format_of(path: Path) -> Format:
    """The format that a file's suffix stands for.

    Raises:
        UsageError: none that can be written.
    """
    try:
        return format_named(path.suffix[1:])
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def kind_of(pillow_name: str | None) -> Format | None:
    """The format that a decoded image came in, if it can be written too."""
    name = {"MPO": "JPEG", "DIB": "BMP"}.get(pillow_name or "", pillow_name)
    return next((format_ for format_ in FORMATS if format_.pillow == name), None)

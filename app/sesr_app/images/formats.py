"""What each image format can hold, how its files begin, and who reads and writes it.

A new format is one entry of KINDS, and a file in `decode.formats` or `encode.formats` if Pillow
is not enough.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from sesr.errors import UsageError


class Format(NamedTuple):
    """An image format.

    Attributes:
        name: for people and for `--format`.
        pillow: Pillow's name of it.
        suffixes: of its files; the first is the usual one.
        signature: pattern of the first bytes of its files; empty if only the suffix tells.
        decoder: module of `decode.formats` that reads it.
        plugin: Pillow's module and class where that reads it with Pillow.
        encoder: module of `encode.formats` that writes it; empty if nothing does.
        read_suffixes: of files that are read but written with the first of `suffixes`.
        alpha: holds an alpha channel.
        alpha_if_needed: few programs look at its alpha, so it is left out where it is opaque.
        gray: holds gray images as such.
        bits: a channel, at most.
        frames: "no", "animation" or "pages".
        quality: of the encoder by default, 0 if it has no such setting.
        notes: what it holds beside pixels, by the names of `Metadata`.
        largest_side: in pixels.
        package: import name of the package that it needs beside the base install.
    """

    name: str
    pillow: str
    suffixes: tuple[str, ...]
    signature: bytes
    decoder: str = "pillow"
    plugin: str = ""
    encoder: str = "pillow"
    read_suffixes: tuple[str, ...] = ()
    alpha: bool = True
    alpha_if_needed: bool = False
    gray: bool = True
    bits: int = 8
    frames: str = "no"
    quality: int = 0
    notes: frozenset[str] = frozenset({"icc_profile", "exif", "xmp"})
    largest_side: int = 2**31 - 1
    package: str = ""

    @property
    def profile(self) -> bool:
        """Whether it holds a colour profile."""
        return "icc_profile" in self.notes


MODERN = frozenset({"icc_profile", "exif", "xmp"})

KINDS = (
    Format("png", "PNG", (".png", ".apng"), rb"\x89PNG\r\n\x1a\n", decoder="png",
           plugin="PngImagePlugin.PngImageFile", encoder="png", bits=16, frames="animation",
           notes=MODERN | {"dpi", "text", "comment", "code_points", "color_chunks", "iptc"}),
    Format("jpg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), rb"\xff\xd8\xff", decoder="jpeg",
           plugin="JpegImagePlugin.JpegImageFile", encoder="jpeg", read_suffixes=(".mpo",),
           alpha=False, quality=95, notes=MODERN | {"dpi", "iptc", "comment", "gain_map"},
           largest_side=65_500),
    Format("webp", "WEBP", (".webp",), rb"RIFF....WEBP|.{8}WEBP", decoder="webp",
           plugin="WebPImagePlugin.WebPImageFile", gray=False, frames="animation", quality=95,
           largest_side=16_383),
    Format("tiff", "TIFF", (".tiff", ".tif"), rb"II[*+]\0|MM\0[*+]", decoder="tiff",
           plugin="TiffImagePlugin.TiffImageFile", encoder="tiff", bits=16, frames="pages",
           notes=MODERN | {"dpi", "iptc"}),
    Format("avif", "AVIF", (".avif",),
           rb".{4}ftyp(?:avi[fs]|m(?:if1|sf1|iaf).{4}(?:.{4})*?avi[fs]|mif1(?!.{4}(?:.{4})*?he[iv]))",
           decoder="avif", plugin="AvifImagePlugin.AvifImageFile", gray=False, frames="animation",
           quality=90, largest_side=65_536),
    Format("bmp", "BMP", (".bmp", ".dib"), rb"BM", plugin="BmpImagePlugin.BmpImageFile",
           encoder="bmp", alpha_if_needed=True, notes=frozenset({"dpi"})),
    Format("gif", "GIF", (".gif",), rb"GIF8", decoder="gif", plugin="GifImagePlugin.GifImageFile",
           encoder="gif", frames="animation", notes=frozenset({"comment"}), largest_side=65_535),
    Format("heic", "HEIF", (".heic", ".heif", ".hif"),
           rb".{4}ftyp(?:he[iv][cxms]|m(?:if1|sf1).{4}(?:.{4})*?he[iv][cxms])", decoder="heif",
           encoder="heif", bits=10, gray=False, quality=90, largest_side=16_384,
           notes=MODERN | {"code_points"}, package="pillow_heif"),
    Format("jxl", "JXL", (".jxl",), rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", decoder="jxl",
           encoder="jxl", quality=95, package="pillow_jxl"),
    Format("pnm", "PPM", (".ppm", ".pgm", ".pbm", ".pnm"), rb"P[1-6]\s|P[1-6]#", decoder="pnm",
           encoder=""),
    Format("jp2", "JPEG2000", (".jp2", ".j2k", ".jpx", ".j2c", ".jpf"),
           rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51\0", decoder="jp2",
           plugin="Jpeg2KImagePlugin.Jpeg2KImageFile", encoder=""),
    Format("ico", "ICO", (".ico",), rb"\0\0\x01\0[^\0]\0", plugin="IcoImagePlugin.IcoImageFile",
           encoder=""),
    Format("tga", "TGA", (".tga",), b"", plugin="TgaImagePlugin.TgaImageFile", encoder=""),
)  # fmt: skip
"""Everything that is read; the first that fits a file decides."""

FORMATS = tuple(kind for kind in KINDS if kind.encoder)
"""Everything that can be written."""

READABLE_SUFFIXES = frozenset(
    suffix for kind in KINDS for suffix in (*kind.suffixes, *kind.read_suffixes)
)
"""Suffixes of the files that a search through folders takes."""

UNREAD_SIGNATURES = (
    (rb"8BPS", "a Photoshop document"),
    (rb"P[fF]\s", "a portable float map of 32 bits"),
    (rb"P7\s", "a portable arbitrary map"),
    (rb"v/1\x01", "an OpenEXR image"),
    (rb"#\?R(?:ADIANCE|GBE)", "a Radiance HDR image"),
    (rb"DDS ", "a DirectDraw surface"),
    (rb"II\xbc", "a JPEG XR image"),
    (rb"%PDF", "a PDF document"),
    (rb"(?:\xef\xbb\xbf)?<(?:\?xml|svg)", "an SVG drawing or XML"),
    (rb".{4}ftypcrx", "a raw photograph of a camera"),
    (rb"FUJIFILMCCD-RAW", "a raw photograph of a camera"),
    (rb".{4}ftyp", "a film or an image in a container of an unknown kind"),
)
"""How files begin that are images but not read, for the message."""


def format_of_head(head: bytes, suffix: str = "") -> Format | str | None:
    """The format of a file by its first bytes.

    Args:
        suffix: of its name, for formats without a signature.

    Returns:
        The format; a few words for one that is not read; None for what is no image.
    """
    for kind in KINDS:
        if kind.signature and re.match(kind.signature, head, re.DOTALL):
            return kind
    for signature, words in UNREAD_SIGNATURES:
        if re.match(signature, head, re.DOTALL):
            return words
    unsigned = (kind for kind in KINDS if not kind.signature)
    return next((kind for kind in unsigned if suffix.lower() in kind.suffixes), None)


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


def result_suffix(suffix: str) -> str:
    """The suffix of the enlarged file of an input, if its format is to stay.

    Example:
        >>> result_suffix(".JPG"), result_suffix(".mpo"), result_suffix(".ppm")
        ('.JPG', '.jpg', '.png')
    """
    for kind in FORMATS:
        if suffix.lower() in kind.suffixes:
            return suffix
        if suffix.lower() in kind.read_suffixes:
            return kind.suffixes[0]
    return ".png"


def writable(kind: Format) -> Format | None:
    """The same format, if it can be written too."""
    return kind if kind.encoder else None

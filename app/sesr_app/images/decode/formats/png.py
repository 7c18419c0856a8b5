"""PNG files: of 8 bits with Pillow, of 16 with OpenCV, since Pillow holds these only in gray."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace
from functools import partial
from typing import Any

from sesr_app.images.code_points import points_in_chunk
from sesr_app.images.containers.chunks import color_chunks, without_pixels
from sesr_app.images.decode import apng, png_bands
from sesr_app.images.decode.apng import COLOR, DEPTH, mend_key
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate, Header
from sesr_app.images.decode.orientation import upright
from sesr_app.images.decode.png_bands import GRAY
from sesr_app.images.decode.source import Source
from sesr_app.images.formats import writable
from sesr_app.images.metadata import Metadata, iptc_in, metadata_of
from sesr_app.images.picture import Frame, Picture, Warn

RAW_PROFILE = "Raw profile type "
XMP_KEY = "XML:com.adobe.xmp"


def read(source: Source, gate: Gate) -> Picture:
    """Decode a PNG, animated or not."""

    def notes(image: Any, warn: Warn) -> Metadata:
        return _notes(image, source, warn)

    if controls := apng.controls(source):
        return apng.read(source, gate, controls, _early_notes(source, gate.warn))
    if source.head[DEPTH : DEPTH + 1] != b"\x10":
        return pillow.read(source, gate, notes, partial(mend_key, source.head))
    if source.head[COLOR] == GRAY:
        return pillow.read(source, gate, notes)
    width, height = struct.unpack(">II", source.head[16:24])
    gate.let_in(Header(source.format, width, height))
    metadata = _early_notes(source, gate.warn)
    pixels = png_bands.decode_deep_png(source)
    frames = iter([Frame(upright(pixels, metadata.orientation))])
    return Picture(frames, 1, width * height, writable(source.format), metadata, lossless=True)


def _early_notes(source: Source, warn: Warn) -> Metadata:
    """The notes, also those behind the pixels, without decoding these."""
    from PIL import PngImagePlugin

    with source.open() as file:
        small = without_pixels(file)
    with PngImagePlugin.PngImageFile(io.BytesIO(small)) as image:
        image.load()
        return _notes(image, source, warn)


def _notes(image: Any, source: Source, warn: Warn) -> Metadata:
    metadata = metadata_of(image, warn)
    with source.open() as file:
        told = dict(color_chunks(file))
    points = points_in_chunk(told.pop(b"cICP", b""))
    metadata = replace(metadata, code_points=points, color_chunks=tuple(told.items()))
    texts = {key: str(value) for key, value in image.text.items()}
    parts: dict[str, Any] = {}
    # ImageMagick keeps notes of other formats as text, which would contradict the new ones.
    for key, name in (("exif", "exif"), ("APP1", "exif"), ("iptc", "iptc"), ("xmp", "xmp")):
        if (text := texts.pop(RAW_PROFILE + key, None)) is None:
            continue
        body = _raw_profile(text)
        found = iptc_in(body) if name == "iptc" else body.removeprefix(b"Exif\0\0")
        if found and not getattr(metadata, name):
            parts[name] = found
    parts["comment"] = texts.pop("Comment", None)
    texts.pop(XMP_KEY, None)
    return replace(metadata, text=tuple(texts.items()), **parts)


def _raw_profile(text: str) -> bytes:
    """Notes as ImageMagick writes them: a name, a length, and digits in base 16."""
    match = re.match(r"\s*\S*\s+\d+\s+([0-9a-fA-F\s]*)", text)
    digits = "".join(match[1].split()) if match else ""
    return bytes.fromhex(digits[: len(digits) // 2 * 2])

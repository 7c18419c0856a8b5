"""PNG files: of 8 bits with Pillow, of 16 with OpenCV, since Pillow holds these only in gray."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sesr_app.images.containers.chunks import assembled, chunks, color_chunks, without_pixels
from sesr_app.images.decode import png_bands
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate, Header, decoding
from sesr_app.images.decode.orientation import upright
from sesr_app.images.decode.png_bands import GRAY, GRAY_ALPHA
from sesr_app.images.decode.source import Source
from sesr_app.images.formats import writable
from sesr_app.images.metadata import Metadata, iptc_in, metadata_of
from sesr_app.images.picture import Frame, Picture, Pixels, Warn

DEPTH, COLOR = 24, 25
"""Places of the two bytes in the header."""

ALPHA = 4
"""The bit of the kind of colour that means alpha."""

RAW_PROFILE = "Raw profile type "
XMP_KEY = "XML:com.adobe.xmp"
_BACKGROUND, _PREVIOUS = 1, 2
"""What becomes of a frame when its time is over; otherwise it stays."""


def read(source: Source, gate: Gate) -> Picture:
    """Decode a PNG, animated or not."""

    def notes(image: Any, warn: Warn) -> Metadata:
        return _notes(image, source, warn)

    def mend_key(image: Any) -> None:
        """Pillow spreads 2 and 4 bits over 8, but not the gray that means transparent."""
        key, depth = image.info.get("transparency"), source.head[DEPTH]
        if isinstance(key, int) and source.head[COLOR] == GRAY and depth in (2, 4):
            image.info["transparency"] = key * 255 // (2**depth - 1)

    if len(source.head) <= COLOR or source.head[DEPTH] != 16:
        return pillow.read(source, gate, notes, mend_key)
    controls = _animation(source)
    if controls:
        return _moving(source, gate, controls)
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
        metadata = replace(metadata, color_chunks=color_chunks(file))
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


@dataclass(frozen=True, slots=True)
class _Control:
    """What is to be done with a frame of an animation."""

    width: int
    height: int
    left: int
    top: int
    milliseconds: float
    disposal: int
    over: bool

    @classmethod
    def of(cls, body: bytes) -> _Control:
        _, width, height, left, top, part, whole, disposal, blend = struct.unpack(
            ">IIIIIHHBB", body[:26]
        )
        return cls(width, height, left, top, 1000 * part / (whole or 100), disposal, blend == 1)

    @property
    def place(self) -> tuple[slice, slice]:
        rows = slice(self.top, self.top + self.height)
        return rows, slice(self.left, self.left + self.width)


def _animation(source: Source) -> list[_Control]:
    """The controls of the frames; none of a still image."""
    if b"acTL" not in source.head:
        # It stands before the pixels, and what is before it may be long.
        with source.open() as file:
            names = []
            for name, _ in chunks(file):
                if name == b"IDAT":
                    break
                names.append(name)
        if b"acTL" not in names:
            return []
    with source.open() as file:
        found = [_Control.of(body) for name, body in chunks(file) if name == b"fcTL"]
    return found if len(found) > 1 else []


def _moving(source: Source, gate: Gate, controls: list[_Control]) -> Picture:
    """An animation of 16 bits a channel, put together here."""
    width, height = struct.unpack(">II", source.head[16:24])
    gate.let_in(Header(source.format, width, height, len(controls)))
    color = source.head[COLOR]
    whole = all((one.width, one.height) == (width, height) for one in controls)
    with source.open() as file:
        early = dict(chunks(file))
    plays = struct.unpack(">I", early[b"acTL"][4:8])[0]
    alpha = bool(color & ALPHA) or b"tRNS" in early or not whole
    canvas = np.zeros((height, width, (1 if color in (GRAY, GRAY_ALPHA) else 3) + alpha), np.uint16)
    metadata = _early_notes(source, gate.warn)

    def frames() -> Iterator[Frame]:
        with decoding(gate.name):
            for control, part in _parts(source, color):
                before = canvas[control.place].copy()
                _draw(canvas[control.place], part, over=control.over)
                yield Frame(upright(canvas.copy(), metadata.orientation), control.milliseconds)
                if control.disposal == _BACKGROUND:
                    canvas[control.place] = 0
                elif control.disposal == _PREVIOUS:
                    canvas[control.place] = before

    total = width * height * len(controls)
    kind = writable(source.format)
    return Picture(frames(), len(controls), total, kind, metadata, plays, lossless=True)


def _parts(source: Source, color: int) -> Iterator[tuple[_Control, Pixels]]:
    """The frames as stored: each is a small PNG of its own."""
    head: list[tuple[bytes, bytes]] = []
    control: _Control | None = None
    data = bytearray()
    with source.open() as file:
        for name, body in chunks(file, pixels=True):
            if name in (b"IHDR", b"tRNS"):
                head.append((name, body))
            elif name == b"IDAT" and control:
                data += body
            elif name == b"fdAT":
                data += body[4:]
            elif name in (b"fcTL", b"IEND"):
                if control:
                    yield control, _part(control, head, bytes(data), color)
                data.clear()
                control = _Control.of(body) if name == b"fcTL" else None


def _part(control: _Control, head: list[tuple[bytes, bytes]], data: bytes, color: int) -> Pixels:
    size = struct.pack(">II", control.width, control.height)
    parts = [(name, size + body[8:] if name == b"IHDR" else body) for name, body in head]
    png = assembled([*parts, (b"IDAT", data), (b"IEND", b"")])
    pixels = png_bands.decode_png_at_once(png, (control.height, control.width), color)
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def _draw(under: Pixels, part: Pixels, *, over: bool) -> None:
    """Put a part on the canvas, in place of what is there or over it."""
    if part.shape[:2] != under.shape[:2]:
        raise ValueError("a frame that reaches out of the image")
    if part.shape[2] < under.shape[2]:
        part = np.dstack([part, np.full(part.shape[:2], 65_535, np.uint16)])
    if not over or part.shape[2] in (1, 3):
        under[:] = part
        return
    top, below = part[..., -1:] / 65_535, under[..., -1:] / 65_535
    alpha = top + below * (1 - top)
    color = part[..., :-1] * top + under[..., :-1] * below * (1 - top)
    visible = np.divide(color, alpha, out=np.zeros_like(color), where=alpha > 0)
    under[..., :-1] = (visible + 0.5).astype(np.uint16)
    under[..., -1:] = (alpha * 65_535 + 0.5).astype(np.uint16)

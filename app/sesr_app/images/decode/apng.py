"""Animated PNG files, whose frames are put together here as their specification says.

Pillow lays what is half transparent over what is below in another way, and forgets that an opaque
image becomes transparent where a frame was taken away.
Reference: PNG specification, third edition, section 11.3.6.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from sesr_app.images.containers.chunks import assembled, chunks
from sesr_app.images.decode.gate import Gate, Header, decoding
from sesr_app.images.decode.orientation import upright
from sesr_app.images.decode.png_bands import GRAY, GRAY_ALPHA, decode_png_at_once
from sesr_app.images.decode.source import Source
from sesr_app.images.formats import writable
from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Frame, Picture, Pixels

DEPTH, COLOR = 24, 25
"""Places of the two bytes in the header."""

_ALPHA = 4
"""The bit of the kind of colour that means alpha."""

_BACKGROUND, _PREVIOUS = 1, 2
"""What becomes of a frame when its time is over; otherwise it stays."""


class FrameControl(NamedTuple):
    """What is to be done with a frame: its place, its time, what becomes of it, and whether it is
    laid over what is below or replaces it."""

    width: int
    height: int
    left: int
    top: int
    milliseconds: float
    disposal: int
    over: bool

    @classmethod
    def of(cls, body: bytes) -> FrameControl:
        """From the body of its chunk."""
        _, width, height, left, top, part, whole, disposal, blend = struct.unpack(
            ">IIIIIHHBB", body[:26]
        )
        return cls(width, height, left, top, 1000 * part / (whole or 100), disposal, blend == 1)

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the whole image."""
        rows = slice(self.top, self.top + self.height)
        return rows, slice(self.left, self.left + self.width)


def controls(source: Source) -> list[FrameControl]:
    """The controls of the frames; none of a still image.

    Raises:
        ValueError: frames are missing.
    """
    with source.open() as file:
        count = 0
        for name, body in chunks(file):
            if name == b"acTL":
                count = int.from_bytes(body[:4], "big")
            elif name == b"IDAT":
                break
        if count < 2:
            return []
        found = [FrameControl.of(body) for name, body in chunks(file) if name == b"fcTL"]
    if len(found) < count:
        raise ValueError(f"{count} frames that end after {len(found)}")
    return found[:count]


def read(source: Source, gate: Gate, found: list[FrameControl], metadata: Metadata) -> Picture:
    """The frames of an animation, put together when they are asked for."""
    width, height = struct.unpack(">II", source.head[16:24])
    gate.let_in(Header(source.format, width, height, len(found)))
    color, deep = source.head[COLOR], source.head[DEPTH] == 16
    whole = all((one.width, one.height) == (width, height) for one in found)
    with source.open() as file:
        early = dict(chunks(file))
    plays = struct.unpack(">I", early[b"acTL"][4:8])[0]
    alpha = bool(color & _ALPHA) or b"tRNS" in early or not whole
    # Of 8 bits all are RGB: most encoders of animations take nothing else.
    channels = (1 if deep and color in (GRAY, GRAY_ALPHA) else 3) + alpha
    canvas = np.zeros((height, width, channels), np.uint16 if deep else np.uint8)

    def frames() -> Iterator[Frame]:
        with decoding(gate.name):
            parts = _parts(source, color)
            for (control, part), _ in zip(parts, found, strict=False):
                window = canvas[control.place]
                before = window.copy()
                _draw(window, part, over=control.over)
                yield Frame(upright(canvas.copy(), metadata.orientation), control.milliseconds)
                if control.disposal == _BACKGROUND:
                    window[:] = 0
                elif control.disposal == _PREVIOUS:
                    window[:] = before

    total = width * height * len(found)
    kind = writable(source.format)
    return Picture(frames(), len(found), total, kind, metadata, plays, lossless=True)


def mend_key(head: bytes, image: Any) -> None:
    """Pillow spreads 2 and 4 bits over 8, but not the gray that means transparent.

    Args:
        head: the first bytes of the file.
        image: Pillow's.
    """
    key, depth = image.info.get("transparency"), head[DEPTH]
    if isinstance(key, int) and head[COLOR] == GRAY and depth in (2, 4):
        image.info["transparency"] = key * 255 // (2**depth - 1)


def _parts(source: Source, color: int) -> Iterator[tuple[FrameControl, Pixels]]:
    """The frames as stored: each is a small PNG of its own."""
    head: list[tuple[bytes, bytes]] = []
    control: FrameControl | None = None
    data = bytearray()
    with source.open() as file:
        for name, body in chunks(file, pixels=True):
            if name in (b"IHDR", b"PLTE", b"tRNS"):
                head.append((name, body))
            elif name == b"IDAT" and control:
                data += body
            elif name == b"fdAT":
                data += body[4:]
            elif name in (b"fcTL", b"IEND"):
                if control:
                    yield control, _part(control, head, bytes(data), color)
                data.clear()
                control = FrameControl.of(body) if name == b"fcTL" else None


def _part(
    control: FrameControl, head: list[tuple[bytes, bytes]], data: bytes, color: int
) -> Pixels:
    size = struct.pack(">II", control.width, control.height)
    parts = [(name, size + body[8:] if name == b"IHDR" else body) for name, body in head]
    png = assembled([*parts, (b"IDAT", data), (b"IEND", b"")])
    if dict(head)[b"IHDR"][8] == 16:
        pixels = decode_png_at_once(png, (control.height, control.width), color)
        return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
    from PIL import PngImagePlugin

    with PngImagePlugin.PngImageFile(io.BytesIO(png)) as image:
        image.load()
        mend_key(png, image)
        clear = "transparency" in image.info or image.mode.endswith("A")
        return np.asarray(image.convert("RGBA" if clear else "RGB"))


def _draw(under: Pixels, part: Pixels, *, over: bool) -> None:
    """Put a part on the canvas, in place of what is there or over it."""
    if part.shape[:2] != under.shape[:2]:
        raise ValueError("a frame that reaches out of the image")
    if part.shape[2] < under.shape[2]:
        part = np.dstack([part, np.full(part.shape[:2], np.iinfo(part.dtype).max, part.dtype)])
    if not over or part.shape[2] in (1, 3):
        under[:] = part
        return
    peak = np.iinfo(part.dtype).max
    top, below = part[..., -1:] / peak, under[..., -1:] / peak
    alpha = top + below * (1 - top)
    color = part[..., :-1] * top + under[..., :-1] * below * (1 - top)
    visible = np.divide(color, alpha, out=np.zeros_like(color), where=alpha > 0)
    under[..., :-1] = (visible + 0.5).astype(part.dtype)
    under[..., -1:] = (alpha * peak + 0.5).astype(part.dtype)

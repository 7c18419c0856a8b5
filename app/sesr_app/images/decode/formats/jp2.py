"""JPEG 2000, of which Pillow decodes 8 bits a channel in colour and 16 in gray."""

from __future__ import annotations

from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate
from sesr_app.images.decode.source import Source
from sesr_app.images.picture import Picture

SIZE = b"\xff\x4f\xff\x51"
"""Markers of the code stream and of its header (ISO 15444-1, annex A)."""


def read(source: Source, gate: Gate) -> Picture:
    """Decode a JPEG 2000."""
    place = source.head.find(SIZE)
    header = source.head[place + 4 :] if place >= 0 else b""
    channels = int.from_bytes(header[36:38], "big")
    if channels > 2 and len(header) > 38 and (header[38] & 0x7F) + 1 > 8:
        gate.warn("has more than 8 bits a channel, which are read as 8; convert it to tiff first")
    return pillow.read(source, gate)

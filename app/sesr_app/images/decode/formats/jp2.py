"""JPEG 2000, of which Pillow decodes 8 bits a channel in colour and 16 in gray."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sesr_app.images.containers.boxes import find_box
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate
from sesr_app.images.decode.source import Source
from sesr_app.images.metadata import Metadata, metadata_of
from sesr_app.images.picture import Picture, Warn

WITH_PROFILE = (b"\2", b"\3")
"""How a box of colours begins that holds a profile."""

ICC_HEADER = 128
SIZE = b"\xff\x4f\xff\x51"
"""Markers of the code stream and of its header (ISO 15444-1, annex A)."""


def read(source: Source, gate: Gate) -> Picture:
    """Decode a JPEG 2000."""
    place = source.head.find(SIZE)
    header = source.head[place + 4 :] if place >= 0 else b""
    channels = int.from_bytes(header[36:38], "big")
    if channels > 2 and len(header) > 38 and (header[38] & 0x7F) + 1 > 8:
        gate.warn("has more than 8 bits a channel, which are read as 8; convert it to tiff first")

    def notes(image: Any, warn: Warn) -> Metadata:
        return replace(metadata_of(image, warn), icc_profile=_profile(source))

    return pillow.read(source, gate, notes)


def _profile(source: Source) -> bytes | None:
    """The colour profile, if the file tells its colours by one; only what it says first counts."""
    with source.open() as file:
        box = find_box(file, b"jp2h", b"colr")
        body = box.read(file) if box else b""
    method, profile = body[:1], body[3:]
    return profile if method in WITH_PROFILE and len(profile) > ICC_HEADER else None

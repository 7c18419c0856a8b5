"""AVIF files, of which Pillow decodes 8 bits a channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sesr_app.images.code_points import CodePoints, points_in_box
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate
from sesr_app.images.decode.source import Source
from sesr_app.images.metadata import Metadata, metadata_of
from sesr_app.images.picture import Compression, Picture, Warn


def read(source: Source, gate: Gate) -> Picture:
    """Decode an AVIF."""
    if _is_deep(source.head):
        gate.warn(
            "has more than 8 bits a channel, which are read as 8; convert it to 16-bit PNG first"
        )

    def notes(image: Any, warn: Warn) -> Metadata:
        return replace(metadata_of(image, warn), code_points=_code_points(source.head))

    picture = pillow.read(source, gate, notes)
    return replace(picture, lossless=False, compression=Compression("avif"))


def _is_deep(head: bytes) -> bool:
    """Whether there are more than 8 bits a channel, by the configuration of AV1."""
    place = head.find(b"av1C")
    # The flag behind the tier, in the third byte (AV1 in ISOBMFF, section 2.3.3).
    return 0 <= place < len(head) - 6 and bool(head[place + 6] & 0x40)


def _code_points(head: bytes) -> CodePoints | None:
    """Of the first image, which Pillow does not tell."""
    place = head.find(b"colrnclx")
    return points_in_box(head[place + 4 :]) if place >= 0 else None

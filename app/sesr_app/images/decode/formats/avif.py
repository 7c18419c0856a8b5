"""AVIF files, of which Pillow decodes 8 bits a channel."""

from __future__ import annotations

from dataclasses import replace

from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate
from sesr_app.images.decode.source import Source
from sesr_app.images.picture import Compression, Picture


def read(source: Source, gate: Gate) -> Picture:
    """Decode an AVIF."""
    if _is_deep(source.head):
        gate.warn(
            "has more than 8 bits a channel, which are read as 8; convert it to 16-bit PNG first"
        )
    return replace(pillow.read(source, gate), lossless=False, compression=Compression("avif"))


def _is_deep(head: bytes) -> bool:
    """Whether there are more than 8 bits a channel, by the configuration of AV1."""
    place = head.find(b"av1C")
    # The flag behind the tier, in the third byte (AV1 in ISOBMFF, section 2.3.3).
    return 0 <= place < len(head) - 6 and bool(head[place + 6] & 0x40)

"""AVIF files, of which Pillow decodes 8 bits a channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sesr_app.images.code_points import CodePoints, points_in_box
from sesr_app.images.containers.items import property_of_main
from sesr_app.images.decode.formats import pillow
from sesr_app.images.decode.gate import Gate
from sesr_app.images.decode.source import Source
from sesr_app.images.metadata import Metadata, metadata_of
from sesr_app.images.picture import Compression, Picture, Warn


def read(source: Source, gate: Gate) -> Picture:
    """Decode an AVIF."""
    if is_deep(source):
        gate.warn(
            "has more than 8 bits a channel, which are read as 8; convert it to 16-bit PNG first"
        )

    def notes(image: Any, warn: Warn) -> Metadata:
        metadata = metadata_of(image, warn)
        return replace(metadata, code_points=_code_points(source, metadata))

    picture = pillow.read(source, gate, notes)
    return replace(picture, lossless=False, compression=Compression("avif"))


def is_deep(source: Source) -> bool:
    """Whether there are more than 8 bits a channel, by the configuration of AV1.

    That of the main image, as small ones beside it may have fewer bits; an image sequence has
    none, and the first configuration in its beginning counts.
    """
    with source.open() as file:
        found = property_of_main(file, b"av1C", b"")
    configuration = found or source.head.partition(b"av1C")[2]
    # The flag behind the tier, in the third byte (AV1 in ISOBMFF, section 2.3.3).
    return len(configuration) > 2 and bool(configuration[2] & 0x40)


def _code_points(source: Source, metadata: Metadata) -> CodePoints | None:
    """Of the main image, which Pillow does not tell; a profile counts more."""
    if metadata.icc_profile:
        return None
    with source.open() as file:
        return points_in_box(property_of_main(file, b"colr", b"nclx") or b"")

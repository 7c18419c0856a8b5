"""What an encoder is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sesr_app.images.formats import Format
from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Enlarged, Warn


class SaveOptions(NamedTuple):
    """How to encode.

    Attributes:
        quality: 1 to 100 of a lossy format; the format's own default if None.
        lossless: use the lossless mode of WebP, AVIF, HEIC or JPEG XL.
    """

    quality: int | None = None
    lossless: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """What an encoder is given.

    Attributes:
        kind: the format.
        frames: enlarged one after the other, as they are encoded.
        count: how many there are.
        plays: how often an animation is shown; 0 is for ever.
        metadata: of the enlarged image, only what the format holds.
        options: how to encode.
        warn: told of what cannot be written after all.
    """

    kind: Format
    frames: Iterator[Enlarged]
    count: int
    plays: int
    metadata: Metadata
    options: SaveOptions
    warn: Warn

"""Images between a file and the upscaler, and between the upscaler and a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sesr_app.images.formats import Format
from sesr_app.images.metadata import Metadata

Pixels = npt.NDArray[Any]
Warn = Callable[[str], None]
"""Called with one line about something that could not be kept."""


class Frame(NamedTuple):
    """One image of a file.

    Attributes:
        pixels: (H, W) gray, or (H, W, C) gray with alpha, RGB or RGBA, uint8 or uint16, upright.
        duration: milliseconds that it is shown in an animation.
    """

    pixels: Pixels
    duration: float = 0.0


class Compression(NamedTuple):
    """What a lossy file tells of how coarsely it was compressed.

    Attributes:
        codec: "jpeg", "webp" or "avif".
        tables: quantisation tables of a JPEG, luma first, 64 steps each in rows of the block.
        quantizer: the base index of WebP (0 to 127) or AVIF (0 to 255), if it is told.
    """

    codec: str
    tables: tuple[tuple[int, ...], ...] = ()
    quantizer: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image file that is open.

    Attributes:
        frames: decoded one after the other, when they are asked for.
        count: number of frames.
        pixels: of all frames together.
        format: the format of the file, if it can be written too.
        metadata: what else the file holds.
        plays: how often an animation is shown; 0 is for ever.
        lossless: whether the file is of a lossless kind of its format.
        compression: what the file tells of its loss; None for a lossless file.
        bits: a channel in the file, where its pixels are uint16.
    """

    frames: Iterator[Frame]
    count: int
    pixels: int
    format: Format | None
    metadata: Metadata = field(default_factory=Metadata)
    plays: int = 1
    lossless: bool = False
    compression: Compression | None = None
    bits: int = 16


class Enlarged(NamedTuple):
    """An enlarged frame on its way to a file.

    Attributes:
        shape: of the whole.
        dtype: uint8 or uint16.
        bands: its rows, from the top to the bottom.
        duration: as in `Frame`.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    bands: Iterator[Pixels]
    duration: float = 0.0

    @property
    def channels(self) -> int:
        """Channels of a pixel."""
        return self.shape[2] if len(self.shape) == 3 else 1

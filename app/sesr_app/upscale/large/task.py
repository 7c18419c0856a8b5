"""One large image, cut into bands of rows that are enlarged on their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

import numpy as np

from sesr.reporting.progress import Progress, no_progress
from sesr_app.images.decode.tiff_rows import TiffRows
from sesr_app.images.encode.tiled_tiff import TILE_SIDE, count_tiles, pack_tiles
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.sizing import Sizing

_PIXELS = 64e6
"""Of the result in a part, if so many rows hold a tile: what is lost when a run is killed. Each
part also computes some rows of its neighbours, a twentieth of an image as wide as it is high."""

_PIECE = 1 << 22
"""Bytes of the tiles of a part that are copied at a time."""


class Parts(Protocol):
    """Where the parts of a result lie until it is whole."""

    def write(self, number: int, pieces: Sequence[bytes]) -> None:
        """Keep a part; it is there when it is whole."""

    def open(self, number: int) -> IO[bytes]:
        """One that is there, for reading."""


def rows_of_parts(width: int) -> int:
    """Rows of a result of that width in a part, whole tiles."""
    return max(int(_PIXELS / width) // TILE_SIDE, 1) * TILE_SIDE


@dataclass(frozen=True, slots=True)
class LargeTask:
    """What is to become of an image, for this process and others.

    Attributes:
        name: of the file, for messages.
        open_file: opens it for reading.
        sizing: how large it becomes.
        shape: of the result.
        artefacts: that the first pass removes.
        parts: where the parts go.
        rows: of the result in a part, whole tiles.
    """

    name: str
    open_file: Callable[[], IO[bytes]]
    sizing: Sizing
    shape: tuple[int, ...]
    artefacts: str
    parts: Parts
    rows: int

    @property
    def count(self) -> int:
        """How many parts."""
        return -(-self.shape[0] // self.rows)

    def make(self, number: int, enlarger: Enlarger, progress: Progress = no_progress) -> None:
        """Enlarge a part and keep it.

        Raises:
            ImageError: its rows cannot be read.
            OSError: it cannot be written.
        """
        source = TiffRows(self.name, self.open_file)
        bands = enlarger.rows(source, self.sizing, self._rows_of(number), progress,
                                   self.artefacts)  # fmt: skip
        tiles = list(pack_tiles(bands))
        sizes = np.array([len(tile) for tile in tiles], "<u4")
        self.parts.write(number, [sizes.tobytes(), *tiles])

    def sizes(self, number: int) -> list[int]:
        """Of the packed tiles of a part.

        Raises:
            OSError: it is not there.
            ValueError: it is not whole.
        """
        count = self._tiles(number)
        with self.parts.open(number) as file:
            sizes: list[int] = np.frombuffer(file.read(4 * count), "<u4").tolist()
            whole = len(sizes) == count and file.seek(0, 2) == 4 * count + sum(sizes)
        if not whole:
            raise ValueError(f"part {number} is not whole")
        return sizes

    def missing(self) -> list[int]:
        """The numbers of the parts that are not there, or not whole."""
        return [number for number in range(self.count) if not self._is_there(number)]

    def tiles(self) -> Iterator[bytes]:
        """The packed tiles of all parts one after the other, in pieces."""
        for number in range(self.count):
            with self.parts.open(number) as file:
                file.seek(4 * self._tiles(number))
                while piece := file.read(_PIECE):
                    yield piece

    def _is_there(self, number: int) -> bool:
        try:
            self.sizes(number)
        except (OSError, ValueError):
            return False
        return True

    def _rows_of(self, number: int) -> range:
        return range(number * self.rows, min((number + 1) * self.rows, self.shape[0]))

    def _tiles(self, number: int) -> int:
        return count_tiles(len(self._rows_of(number)), self.shape[1])

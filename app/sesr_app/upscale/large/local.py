"""The parts of a result in a hidden folder beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

from sesr.files import atomic_file


class LocalParts(NamedTuple):
    """Files of a folder.

    Attributes:
        folder: of a disk, or one that several machines share at the same path.
    """

    folder: Path

    def write(self, number: int, pieces: Sequence[bytes]) -> None:
        """Keep a part; the file is there when it is whole."""
        with atomic_file(self._path(number)) as file:
            file.writelines(pieces)

    def open(self, number: int) -> IO[bytes]:
        """One that is there, for reading."""
        return self._path(number).open("rb")

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.tiles"

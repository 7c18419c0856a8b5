"""The parts of one large image on a store, and the image itself, read where it lies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple

from sesr.errors import SesrError
from sesr_app.storage import Place

_PARTS = ".sesr/parts"


class StoredFile(NamedTuple):
    """A file of a place, which any process opens that has it.

    Attributes:
        folder: as it was given.
        name: in the folder.
    """

    folder: str
    name: str

    @property
    def url(self) -> str:
        """For messages."""
        return Place(self.folder).url_of(self.name)

    def open(self) -> IO[bytes]:
        """It, for reading.

        Raises:
            OSError: it is not there, or the store does not answer.
        """
        return Place(self.folder).open(self.name)


class StoredParts(NamedTuple):
    """The parts of a result, among what a job keeps for itself.

    Attributes:
        folder: that results are written to, as it was given.
        target: the result, in the folder.

    Example:
        >>> parts = StoredParts("memory://doctest/large", "a.tif")
        >>> parts.begin({"model": "M5"})
        >>> parts.write(0, [b"one", b"two"])
        >>> parts.open(0).read()
        b'onetwo'
    """

    folder: str
    target: str

    def begin(self, job: Mapping[str, str]) -> None:
        """Drop what is there of another job.

        Raises:
            SesrError: the store does not answer.
        """
        content = json.dumps(dict(job), sort_keys=True).encode()
        note, place = f"{self._path}/job.json", Place(self.folder)
        try:
            same = place.read(note) == content
        except SesrError:
            same = False
        if not same:
            self.remove()
            place.write(note, content)

    def write(self, number: int, pieces: Sequence[bytes]) -> None:
        """Keep a part, whole or not at all.

        Raises:
            SesrError: it cannot be written.
        """
        Place(self.folder).write(self._part(number), b"".join(pieces))

    def open(self, number: int) -> IO[bytes]:
        """One that is there, for reading.

        Raises:
            OSError: it is not.
        """
        return Place(self.folder).open(self._part(number))

    def remove(self) -> None:
        """Leave nothing of it.

        Raises:
            SesrError: the store does not answer.
        """
        place = Place(self.folder)
        for entry in list(place.entries(self._path)):
            place.remove(f"{self._path}/{entry.name}")

    @property
    def _path(self) -> str:
        return f"{_PARTS}/{self.target}"

    def _part(self, number: int) -> str:
        return f"{self._path}/{number:06}.tiles"

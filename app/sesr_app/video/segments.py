"""The parts of a result that are done, in a hidden folder beside it, for a run that is killed.

A part is a NUT file of so many frames, the first of them a key frame, and a note that appears after
it, whole, and holds the time stamps. A job note tells what the parts are of: a command with
another input or other options begins anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from sesr.files import KeptFolder, atomic_file, write_atomically


@dataclass(frozen=True, slots=True)
class Segment:
    """One part that is done.

    Attributes:
        path: of its NUT file, whose packets are numbered in place of their time stamps.
        times: time stamps of its frames in units of the input.
        last: whether it is the end of the video.
        duration: of its last frame in the same units; 0 if it is not known.
    """

    path: Path
    times: list[int]
    last: bool
    duration: int


class SegmentFolder:
    """The hidden folder of one result.

    Args:
        target: the result.
        job: what it is made of, and how.
    """

    def __init__(self, target: Path, job: Mapping[str, str]) -> None:
        self._kept = KeptFolder(target, job)

    def open(self) -> list[Segment]:
        """Make the folder if need be, and find the parts that are done, in order."""
        self._kept.open()
        return list(self._done())

    def _done(self) -> Iterator[Segment]:
        number = 0
        while (segment := self._read(number)) is not None:
            yield segment
            if segment.last:
                return
            number += 1

    def _read(self, number: int) -> Segment | None:
        path = self._path(number)
        try:
            note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Segment(path, **note) if path.exists() else None

    @contextmanager
    def file(self, number: int) -> Iterator[IO[bytes]]:
        """The NUT file of a part, which appears when it is whole."""
        with atomic_file(self._path(number)) as file:
            yield file

    def finish(self, number: int, times: list[int], *, last: bool, duration: int) -> Segment:
        """Note that a part is done."""
        segment = Segment(self._path(number), times, last, duration)
        note = {key: value for key, value in asdict(segment).items() if key != "path"}
        write_atomically(segment.path.with_suffix(".json"), json.dumps(note).encode())
        return segment

    def remove(self) -> None:
        """Leave nothing of it."""
        self._kept.remove()

    def _path(self, number: int) -> Path:
        return self._kept.path / f"{number:06}.nut"

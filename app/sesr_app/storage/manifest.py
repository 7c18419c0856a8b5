"""What became of every image of a job, as lines of JSON beside its results.

Stores cannot append to a file, and a job may have many workers. So each of them writes parts of
its own, `.sesr/manifest/JOB-WORKER-NUMBER.jsonl`, and replaces the last one as it grows; who reads
them merges them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sesr.errors import SesrError
from sesr_app.storage.place import Place

JOB_FOLDER = ".sesr"
"""Where a job keeps what is its own, in the folder that it writes to."""

_PARTS = f"{JOB_FOLDER}/manifest"
_LINES = 1000
"""Of a part; about 500 kB, which are written anew with every chunk of images."""


class ManifestPart:
    """The parts of one worker.

    Args:
        place: that results are written to.
        job: of the worker.
        worker: that no other worker of the job is called.

    Example:
        >>> place = Place("memory://doctest/manifest")
        >>> part = ManifestPart(place, "job", "one")
        >>> part.add([{"input": "a.png", "finished": 1}, {"input": "b.png", "finished": 2}])
        >>> sorted(read_records(place))
        ['a.png', 'b.png']
    """

    def __init__(self, place: Place, job: str, worker: str) -> None:
        self._place = place
        self._name = f"{_PARTS}/{job}-{worker}"
        self._number = 0
        self._lines: list[str] = []

    def add(self, records: Iterable[dict[str, Any]]) -> None:
        """Write down some images; they are kept when this returns.

        Raises:
            SesrError: they cannot be written.
        """
        self._lines += [json.dumps(record, ensure_ascii=False) for record in records]
        content = "".join(f"{line}\n" for line in self._lines)
        self._place.write(f"{self._name}-{self._number:05}.jsonl", content.encode())
        if len(self._lines) >= _LINES:
            self._number += 1
            self._lines = []


def lines_of(place: Place) -> Iterator[dict[str, Any]]:
    """All lines of all parts, in no order; of one image there may be several.

    Raises:
        SesrError: a part cannot be read, or holds something else.
    """
    for entry in place.entries(_PARTS):
        if not entry.name.endswith(".jsonl"):
            continue
        for line in place.read(f"{_PARTS}/{entry.name}").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                raise SesrError(f"{place.url_of(_PARTS)}/{entry.name}: holds a line that is no "
                                "JSON; move the file away") from None  # fmt: skip


def read_records(place: Place) -> dict[str, dict[str, Any]]:
    """The last that became of every image, by its input.

    Raises:
        SesrError: as `lines_of`.
    """
    merged: dict[str, dict[str, Any]] = {}
    for line in lines_of(place):
        earlier = merged.get(line["input"])
        if earlier is None or earlier["finished"] <= line["finished"]:
            merged[line["input"]] = line
    return merged

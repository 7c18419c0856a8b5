"""Comparing the manifest of a job with the results that are there."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sesr.errors import SesrError, UsageError
from sesr.reporting.progress import Advance, no_advance
from sesr_app.storage import Place, lines_of

_READERS = 8
"""Results that are read at a time: reading waits for the store most of the time."""

_PIECE = 1 << 20


class Line(NamedTuple):
    """What matters here of the last line about an image; a job may have millions."""

    finished: float
    seconds: float
    status: str
    result: str
    sha256: str
    error: str
    worker: str


@dataclass
class Audit:
    """What was found.

    Attributes:
        counts: images by status.
        seconds: of work on all of them.
        began, ended: when the first and the last was done, in seconds since 1970.
        workers: processes that took part.
        failed: what went wrong, by input.
        missing: results that are gone.
        changed: results that are others than were written.
        checked: whether all were read.
    """

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    began: float = 0.0
    ended: float = 0.0
    workers: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    checked: bool = False

    @property
    def all_well(self) -> bool:
        """Whether every image has its result."""
        return not (self.failed or self.missing or self.changed)

    def as_json(self) -> str:
        """All of it, for scripts."""
        return json.dumps(vars(self), ensure_ascii=False)


def audit(place: Place, *, check: bool = False, advance: Advance = no_advance) -> Audit:
    """Look through the manifest of a folder, and for the results that it names.

    Args:
        place: that a job wrote to.
        check: also read all results.
        advance: told of each that has been read.

    Raises:
        UsageError: there is no manifest.
        SesrError: the store does not answer.

    Example:
        >>> audit(Place("memory://doctest/nothing"))
        Traceback (most recent call last):
        ...
        sesr.errors.UsageError: memory://doctest/nothing: holds no manifest; ...
    """
    lines = _latest(place)
    if not lines:
        raise UsageError(f"{place.url}: holds no manifest; give the folder that `sesr upscale` "
                         "wrote to, with a URL or --cluster")  # fmt: skip
    found = _summary(lines)
    done = {line.result: line.sha256 for line in lines.values() if line.status == "ok"}
    there = set(_present(place, done))
    found.missing = sorted(place.url_of(name) for name in done.keys() - there)
    if check:
        found.checked = True
        kept = {name: done[name] for name in sorted(there)}
        found.changed = [place.url_of(name) for name in _changed(place, kept, advance)]
    return found


def _latest(place: Place) -> dict[str, Line]:
    """The last that became of every image, by its input."""
    latest: dict[str, Line] = {}
    for record in lines_of(place):
        earlier = latest.get(record["input"])
        if earlier is None or earlier.finished <= record["finished"]:
            latest[record["input"]] = _line(place, record)
    return latest


def _line(place: Place, record: dict[str, Any]) -> Line:
    return Line(
        record["finished"],
        record["seconds"],
        record["status"],
        record.get("result") or record["output"].removeprefix(f"{place.url}/"),
        record.get("sha256", ""),
        record["error"],
        record["worker"],
    )


def _summary(lines: dict[str, Line]) -> Audit:
    return Audit(
        counts=Counter(line.status for line in lines.values()),
        seconds=round(sum(line.seconds for line in lines.values()), 3),
        began=min(line.finished - line.seconds for line in lines.values()),
        ended=max(line.finished for line in lines.values()),
        workers=len({line.worker for line in lines.values()}),
        failed={name: line.error for name, line in lines.items() if line.status == "failed"},
    )


def _present(place: Place, names: Iterable[str]) -> Iterator[str]:
    """Those that are there; each of their folders is listed once."""
    folders = defaultdict(set)
    for name in names:
        folder, _, last = name.rpartition("/")
        folders[folder].add(last)
    for folder, wanted in folders.items():
        for entry in place.entries(folder):
            if entry.name in wanted:
                yield f"{folder}/{entry.name}" if folder else entry.name


def _changed(place: Place, sums: dict[str, str], advance: Advance) -> Iterator[str]:
    """Those whose content is another, or cannot be read."""
    with ThreadPoolExecutor(_READERS, thread_name_prefix="sesr-check") as pool:
        digests = pool.map(lambda name: _digest(place, name), sums)
        for done, (name, digest) in enumerate(zip(sums, digests, strict=True), start=1):
            advance(f"{done}/{len(sums)} results read", done, len(sums))
            if digest != sums[name]:
                yield name


def _digest(place: Place, name: str) -> str:
    content = hashlib.sha256()
    try:
        with place.open(name) as file:
            while piece := file.read(_PIECE):
                content.update(piece)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SesrError(f"{place.url_of(name)}: cannot be read ({error})") from error
    return content.hexdigest()

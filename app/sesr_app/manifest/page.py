"""The same for people."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sesr_app.manifest.audit import Audit
from sesr_app.terminal.text import printable

_NAMED = 20
"""Of each kind; --json names all."""


def page_of(url: str, found: Audit) -> str:
    """Some lines about a job.

    Args:
        url: of its folder.
        found: there.
    """
    total = found.counts.total()
    kinds = ", ".join(f"{count:,} {status}" for status, count in found.counts.most_common())
    return "\n".join(
        [
            f"{printable(url)}: {total:,} images: {kinds}",
            f"{_time(found.seconds)} of work, {found.seconds / total:.2f} s an image, by "
            f"{_many(found.workers, 'worker')}, from {_moment(found.began)} to "
            f"{_moment(found.ended)}",
            *_named("failed", (f"{error}" for error in found.failed.values())),
            *_named("missing", found.missing),
            *_named("not what was written", found.changed),
            *_conclusion(found),
        ]
    )


def _named(what: str, lines: Iterable[str]) -> list[str]:
    every = list(lines)
    if not every:
        return []
    others = len(every) - _NAMED
    more = [f"  and {others:,} others; --json names all"] if others > 0 else []
    return [f"{len(every):,} {what}:", *(f"  {printable(line)}" for line in every[:_NAMED]), *more]


def _conclusion(found: Audit) -> list[str]:
    if found.missing or found.changed:
        return ["the same command with --skip-existing makes what is missing; remove first what "
                "is not what was written"]  # fmt: skip
    if found.failed:
        return []
    how = "are what was written" if found.checked else "are there; --check reads them"
    return [f"all results {how}"]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))

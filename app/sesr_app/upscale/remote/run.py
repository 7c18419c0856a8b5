"""`sesr upscale` of URLs, from its options to its last line."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

from sesr_app.storage import Claim
from sesr_app.terminal.progress import no_bar, progress_bar
from sesr_app.upscale.messages import Messages
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.remote.flow import work_here
from sesr_app.upscale.remote.pace import Ahead, Pace
from sesr_app.upscale.remote.spec import Item, Spec
from sesr_app.upscale.remote.survey import Survey
from sesr_app.upscale.remote.worker import Record

_WHERE = frozenset({"inputs", "output", "recursive", "again", "overwrite", "skip_existing"})
_BY_WHOM = frozenset({"threads", "cluster", "worker_cpus"})
_WHAT_IS_SAID = frozenset({"watch", "dry_run", "as_json", "quiet"})
_NO_MATTER = _WHERE | _BY_WHOM | _WHAT_IS_SAID
"""Options that change no result."""


class RemoteRun:
    """Plans work on stores, does it, and tells what became of every image.

    Args:
        options: of the command line.

    Raises:
        SesrError: something is wrong with the command line as a whole.
    """

    def __init__(self, options: UpscaleOptions) -> None:
        self._options = options
        self._messages = Messages(
            as_json=options.as_json, quiet=options.quiet, planning=options.dry_run
        )
        self._survey = Survey(options)

    def run(self) -> bool:
        """List the images and work on them; whether all came out.

        Raises:
            SesrError: the job as a whole cannot go on; what is done is kept.
        """
        if self._options.dry_run:
            for item in self._survey.items():
                self._messages.record(self._told(item, "planned"))
        else:
            self._work()
        if (counts := self._survey.passed_over) and not self._options.quiet:
            kinds = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
            them = "1 image is" if counts.total() == 1 else f"{counts.total()} images are"
            self._messages.tell(f"{them} of a kind that is not read: {kinds}")
        self._messages.summary()
        return self._messages.all_well

    def _work(self) -> None:
        options, survey = self._options, self._survey
        # A wrong option ends the command before anything is claimed.
        _ = options.settings
        about = _about(options)
        claim = nullcontext() if survey.single else Claim(survey.place, about)
        bar = no_bar() if options.quiet else progress_bar(lines=True)
        with self._cluster(), claim as claimed, bar as advance:
            job = claimed.job if claimed else ""
            spec = Spec(_plain(options), survey.sources, survey.target, job, _digest(about),
                        about["version"])  # fmt: skip
            ahead = Ahead(survey.items())
            pace = Pace(advance, ahead)
            with closing(self._made(spec, ahead, pace)) as records:
                for record in records:
                    self._messages.record(record)
                    pace.end_one(record["input"], skipped=False)

    def _cluster(self) -> AbstractContextManager[None]:
        """The cluster that is to do the work, if one is."""
        if not self._options.cluster:
            return nullcontext()
        from sesr_app.cluster import connected

        return connected(self._options.cluster, "the same with --skip-existing")

    def _made(self, spec: Spec, items: Iterable[Item], pace: Pace) -> Generator[Record]:
        missing = self._missing(items, pace)
        if self._options.cluster:
            from sesr_app.upscale.remote.there import work_there

            yield from work_there(spec, missing, self._options.worker_cpus, pace.tell)
            return

        def report(label: str, done: float, total: float) -> None:
            pace.tell(label.rpartition("files  ")[2])

        yield from work_here(spec, missing, report)

    def _missing(self, items: Iterable[Item], pace: Pace) -> Iterator[Item]:
        """Those that are not done; of the others, scripts are told."""
        for item in items:
            if not item.done:
                yield item
                continue
            if self._options.as_json:
                self._messages.record(self._told(item, "skipped"))
            pace.end_one(item.name, skipped=True)

    def _told(self, item: Item, status: str) -> Record:
        """The record of an image that nothing was done with."""
        source = self._survey.url_of(item)
        if item.done:
            status = "skipped"
        return {
            "input": source,
            "output": self._survey.place.url_of(item.target),
            "status": status,
            "width": 0,
            "height": 0,
            "artefacts": "",
            "seconds": 0.0,
            "warnings": [],
            "error": "",
        }


def _plain(options: UpscaleOptions) -> dict[str, Any]:
    """The options by their names, without what was made of them."""
    return {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}


def _about(options: UpscaleOptions) -> dict[str, Any]:
    """What the results depend on."""
    from sesr import __version__

    asked = {name: value for name, value in _plain(options).items() if name not in _NO_MATTER}
    return {"version": __version__, "computed_by": options.settings.computed_by, **asked}


def _digest(about: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:12]

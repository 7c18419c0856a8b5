"""A process that enlarges chunks of images: copied here, enlarged as files, copied back."""

from __future__ import annotations

import hashlib
import platform
import tempfile
import threading
import time
import uuid
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from sesr.errors import SesrError
from sesr.reporting.progress import Advance, no_advance
from sesr_app.cluster import check_version
from sesr_app.storage import ManifestPart, Place
from sesr_app.terminal.waiting import result_of
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.plan.inputs import InputImage
from sesr_app.upscale.plan.outputs import Job, make_folder, plan_jobs
from sesr_app.upscale.remote.spec import Item, Spec
from sesr_app.upscale.run import BATCH_TILE
from sesr_app.upscale.runner import JobRunner
from sesr_app.upscale.work import Outcome

Record = dict[str, Any]
"""What became of an image, as in the manifest."""

_COPIES_AT_A_TIME = 8
"""Copying waits for the store most of the time."""


class Chunk:
    """Some images that have been copied to this machine.

    Attributes:
        items: the images.
        paths: the files of those that could be read.
        errors: what went wrong with the others.
    """

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.paths: dict[Item, Path] = {}
        self.errors: dict[Item, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="sesr-", ignore_cleanup_errors=True)

    def path_for(self, item: Item, kind: str) -> Path:
        """A place for a file of an image, under its own name."""
        name = item.name if kind == "in" else item.target
        folder = Path(self._folder.name, kind, str(self.items.index(item)))
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name.rpartition("/")[2]

    def close(self) -> None:
        """Remove the copies."""
        self._folder.cleanup()


class ChunkWorker:
    """Enlarges chunks of images, with networks that are made once.

    Args:
        spec: of the job.

    Raises:
        SesrError: the options name something that is not there.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._options = UpscaleOptions(**spec.options)
        # Where results lie is settled; what is there may be replaced.
        self._naming = replace(self._options.naming, overwrite=True, skip=False)
        self._options.enlarger.tile = BATCH_TILE if spec.job else None
        self._sources = [Place(given) for given in spec.sources]
        self._target = Place(spec.target)
        self._stopped = threading.Event()
        self._worker = f"{platform.node()}-{uuid.uuid4().hex[:8]}"
        self._part = ManifestPart(self._target, spec.job, self._worker) if spec.job else None
        self._copies = ThreadPoolExecutor(_COPIES_AT_A_TIME, thread_name_prefix="sesr-copy")

    @property
    def options(self) -> UpscaleOptions:
        """Of the job, with its networks."""
        return self._options

    def stop(self) -> None:
        """Copy no more images here."""
        self._stopped.set()

    def fetch(self, items: list[Item]) -> Chunk:
        """Copy images here, several at a time; one that fails does not stop the others."""
        chunk = Chunk(items)
        for item, path in zip(
            items, self._copies.map(lambda item: self._fetched(chunk, item), items), strict=True
        ):
            if isinstance(path, Path):
                chunk.paths[item] = path
            else:
                chunk.errors[item] = path
        return chunk

    def write_down(self, records: list[Record]) -> None:
        """Add what became of some images to the manifest.

        Raises:
            SesrError: it cannot be written.
        """
        if self._part and records:
            self._part.add(records)

    def lost(self, item: Item, reason: str) -> Record:
        """The record of an image that could not be worked on."""
        record = self.record(item, status="failed")
        record["error"] = f"{record['input']}: {reason}"
        return record

    def _fetched(self, chunk: Chunk, item: Item) -> Path | str:
        source = self._sources[item.source]
        if source.local is not None:
            return source.local / item.name
        if self._stopped.is_set():
            return "stopped"
        path = chunk.path_for(item, "in")
        try:
            source.download(item.name, path, item.size)
        except SesrError as error:
            return str(error)
        return path

    def work(self, chunk: Chunk, report: Advance = no_advance) -> Generator[Record]:
        """Enlarge a chunk and copy the results to where they belong, each as soon as it is made.

        Raises:
            SesrError: the network is no good.
        """
        for item, error in chunk.errors.items():
            yield self.record(item, status="failed", error=error)
        jobs: dict[Item, Job] = {}
        for item, path in chunk.paths.items():
            try:
                jobs[item] = self._job(chunk, item, path)
            except SesrError as error:
                yield self.record(item, status="failed", error=self._named(item, path, str(error)))
        runner = JobRunner(list(jobs.values()), self._options.enlarger, self._options.settings,
                           report)  # fmt: skip
        delivered: list[Future[Record]] = []
        with closing(cast(Generator[Outcome], runner.run())) as outcomes:
            for item, outcome in zip(jobs, outcomes, strict=True):
                delivered.append(self._copies.submit(self._deliver, item, outcome))
                while delivered and delivered[0].done():
                    yield delivered.pop(0).result()
        for future in delivered:
            yield result_of(future)

    def _job(self, chunk: Chunk, item: Item, path: Path) -> Job:
        if self._target.local is not None:
            target = self._target.local / item.target
            make_folder(target.parent)
        else:
            target = chunk.path_for(item, "out")
        image = InputImage(path, None, video=item.video)
        return plan_jobs([image], str(target), self._naming)[0]

    def _deliver(self, item: Item, outcome: Outcome) -> Record:
        """Copy a result to where it belongs."""
        made = {key: value for key, value in outcome.as_json().items() if key not in _PLACES}
        path, target = outcome.job.image.path or Path(), outcome.job.target or Path()
        made["error"] = self._named(item, path, outcome.error, target)
        if outcome.status != "ok":
            return self.record(item, **made)
        try:
            with target.open("rb") as file:
                made["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
            if self._target.local is None:
                self._target.upload(target, item.target)
                target.unlink()
            if self._sources[item.source].local is None:
                path.unlink()
        except SesrError as error:
            return self.record(item, status="failed", error=str(error))
        return self.record(item, **made)

    def record(self, item: Item, **made: Any) -> Record:
        """What became of an image, with what is known of it anyway."""
        url = self._sources[item.source].url_of(item.name)
        return {
            "input": url,
            "output": self._target.url_of(item.target),
            "status": "ok",
            "width": 0,
            "height": 0,
            "seconds": 0.0,
            "warnings": [],
            "error": "",
            **made,
            "result": item.target,
            "size": item.size,
            "stamp": item.stamp,
            "settings": self._spec.settings,
            "worker": self._worker,
            "finished": round(time.time(), 3),
        }

    def _named(self, item: Item, path: Path, message: str, target: Path | None = None) -> str:
        """A message that names the places that people know."""
        if target:
            message = message.replace(str(target), self._target.url_of(item.target))
        return message.replace(str(path), self._sources[item.source].url_of(item.name))


_PLACES = frozenset({"input", "output"})


_workers: dict[str, ChunkWorker] = {}
"""The one of this process."""


def worker_for(spec: Spec) -> ChunkWorker:
    """The worker of this process, which may work on many tasks of a job.

    Raises:
        UsageError: this node has another version of this project than the job.
    """
    check_version(spec.version)
    key = f"{spec.job} {spec.target}"
    if key not in _workers:
        from sesr_app.terminal.native import keep_freed_memory

        keep_freed_memory()
        _workers.clear()
        _workers[key] = ChunkWorker(spec)
    return _workers[key]

"""A job on a cluster: chunks of images as tasks that may be made again, anywhere."""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator, Iterable

from sesr import __version__
from sesr.errors import SesrError, UsageError
from sesr.reporting.progress import no_advance
from sesr_app.cluster import Spread, TaskAnswer
from sesr_app.upscale.remote.flow import flow
from sesr_app.upscale.remote.spec import Item, Spec, in_chunks
from sesr_app.upscale.remote.worker import ChunkWorker, Record

_IMAGES = 8
"""Of a task: few enough to be made again when a machine dies, and for all to end together."""

_COPIED_AT_ONCE = 2
"""Of a task, while others are enlarged."""

_workers: dict[str, ChunkWorker] = {}
"""The one of this process, which may work on many tasks of a job."""


def work_there(
    spec: Spec, items: Iterable[Item], cpus: int, waiting: Callable[[], None]
) -> Generator[Record]:
    """What became of every image, as soon as it is known; to be called as driver of a cluster.

    Args:
        spec: of the job.
        items: its images.
        cpus: that a worker keeps busy.
        waiting: called about once a second.

    Raises:
        SesrError: the job cannot go on; what is done is kept.
    """
    spec = spec._replace(options={**spec.options, "threads": cpus})
    # Its part of the manifest is for those that no worker could take down.
    own = ChunkWorker(spec)

    def lost(item: Item, reason: str) -> Record:
        record = own.lost(item, reason)
        own.write_down([record])
        return record

    yield from Spread(enlarge_chunk, spec, lost, cpus, waiting).run(in_chunks(items, _IMAGES))


def enlarge_chunk(spec: Spec, items: list[Item]) -> TaskAnswer:
    """A task: enlarge some images, with the worker of this process.

    Made a second time, because an answer was lost, it writes the same results again.
    """
    try:
        worker = _worker_for(spec)
        records = list(flow(worker, in_chunks(items, _COPIED_AT_ONCE), no_advance))
        worker.write_down(records)
    except SesrError as error:
        return TaskAnswer([], str(error), isinstance(error, UsageError))
    return TaskAnswer(records)


def _worker_for(spec: Spec) -> ChunkWorker:
    if spec.version != __version__:
        raise UsageError(
            f"--cluster: {platform.node()} has sesr {__version__} and this machine {spec.version}; "
            "install the same version on every node"
        )
    key = f"{spec.job} {spec.target}"
    if key not in _workers:
        from sesr_app.terminal.native import keep_freed_memory

        keep_freed_memory()
        _workers.clear()
        _workers[key] = ChunkWorker(spec)
    return _workers[key]

"""A job on a cluster: chunks of images as tasks that may be made again, anywhere."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from itertools import chain, islice

from sesr.errors import SesrError
from sesr.reporting.progress import no_advance
from sesr_app.cluster import Spread, TaskAnswer
from sesr_app.upscale.remote.flow import flow
from sesr_app.upscale.remote.large import SpreadImage, goes_in_parts
from sesr_app.upscale.remote.spec import Item, Spec, in_chunks
from sesr_app.upscale.remote.worker import ChunkWorker, Record, worker_for

_IMAGES = 8
"""Of a task: few enough to be made again when a machine dies, and for all to end together."""

_COPIED_AT_ONCE = 2
"""Of a task, while others are enlarged."""


def work_there(
    spec: Spec, items: Iterable[Item], cpus: int, tell: Callable[[str, float], None]
) -> Generator[Record]:
    """What became of every image, as soon as it is known; to be called as driver of a cluster.

    Args:
        spec: of the job.
        items: its images.
        cpus: that a worker keeps busy.
        tell: called about once a second, with what is being done of a single image, and how much.

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

    coming = iter(items)
    first = list(islice(coming, 2))
    if len(first) == 1 and goes_in_parts(spec, first[0], own):
        record = SpreadImage(spec, first[0], own, cpus, tell).run()
        own.write_down([record])
        yield record
        return
    chunks = in_chunks(chain(first, coming), _IMAGES)
    yield from Spread(enlarge_chunk, spec, lost, cpus, lambda: tell("", 0)).run(chunks)


def enlarge_chunk(spec: Spec, items: list[Item]) -> TaskAnswer:
    """A task: enlarge some images, with the worker of this process.

    Made a second time, because an answer was lost, it writes the same results again.
    """
    try:
        worker = worker_for(spec)
        records = list(flow(worker, in_chunks(items, _COPIED_AT_ONCE), no_advance))
        worker.write_down(records)
    except SesrError as error:
        return TaskAnswer.of(error)
    return TaskAnswer(records)

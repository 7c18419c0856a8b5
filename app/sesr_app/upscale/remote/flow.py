"""A job on this machine: one chunk is copied while the one before it is enlarged."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from sesr.reporting.progress import Advance
from sesr_app.terminal.waiting import result_of
from sesr_app.upscale.remote.spec import Item, Spec, in_chunks
from sesr_app.upscale.remote.worker import Chunk, ChunkWorker, Record

_IMAGES = 16
"""Of a chunk; so many are enlarged between two writings of the manifest."""


def work_here(spec: Spec, items: Iterable[Item], report: Advance) -> Generator[Record]:
    """What became of every image, as soon as it is known.

    Args:
        spec: of the job.
        items: its images.
        report: told how far the chunk at hand is.

    Raises:
        SesrError: the options name something that is not there, or the manifest cannot be written.
    """
    worker = ChunkWorker(spec)
    unwritten: list[Record] = []
    try:
        with closing(flow(worker, in_chunks(items, _IMAGES), report)) as records:
            for record in records:
                unwritten.append(record)
                if len(unwritten) == _IMAGES:
                    worker.write_down(unwritten)
                    unwritten = []
                yield record
    finally:
        worker.write_down(unwritten)


def flow(worker: ChunkWorker, chunks: Iterator[list[Item]], report: Advance) -> Generator[Record]:
    """Have a worker enlarge chunk after chunk, each copied here while another is enlarged.

    Raises:
        SesrError: the network is no good.
    """
    coming: Future[Chunk] | None = None
    at_hand: Chunk | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="sesr-ahead") as ahead:
        try:
            if first := next(chunks, None):
                coming = ahead.submit(worker.fetch, first)
            while coming:
                at_hand = result_of(coming)
                following = next(chunks, None)
                coming = ahead.submit(worker.fetch, following) if following else None
                with closing(worker.work(at_hand, report)) as records:
                    yield from records
                at_hand.close()
        except BaseException:
            worker.stop()
            raise
        finally:
            for chunk in (at_hand, coming.result() if coming else None):
                if chunk:
                    chunk.close()

"""A job on this machine: one chunk is copied while the one before it is enlarged."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from sesr.reporting.progress import Advance
from sesr_app.upscale.remote.spec import Item, Spec
from sesr_app.upscale.remote.worker import Chunk, ChunkWorker, Record


def work_here(spec: Spec, chunks: Iterator[list[Item]], report: Advance) -> Iterator[Record]:
    """What became of every image, as soon as it is known.

    Args:
        spec: of the job.
        chunks: of its images.
        report: told how far the chunk at hand is.

    Raises:
        SesrError: the options name something that is not there, or the manifest cannot be written.
    """
    worker = ChunkWorker(spec)
    pending: list[Chunk] = []
    coming: Future[Chunk] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="sesr-ahead") as ahead:
        try:
            if first := next(chunks, None):
                coming = ahead.submit(worker.fetch, first)
            while coming:
                chunk = coming.result()
                pending.append(chunk)
                following = next(chunks, None)
                coming = ahead.submit(worker.fetch, following) if following else None
                with closing(worker.work(chunk, report)) as records:
                    yield from records
                pending.remove(chunk)
        finally:
            worker.stop()
            if coming:
                coming.result().close()
            for chunk in pending:
                chunk.close()

"""What a worker is told: the job as a whole, and some images at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_BYTES = 256_000_000
"""Of a chunk, whose copies lie on this machine for a while."""


class Item(NamedTuple):
    """An image on a store and the name of its result.

    Attributes:
        source: number of the input that it belongs to.
        name: in the folder of that input.
        target: in the folder of the output.
        size: in bytes.
        stamp: ETag or time of its last change.
        video: whether it is a video.
        done: whether its result is there and to be kept.
    """

    source: int
    name: str
    target: str
    size: int
    stamp: str
    video: bool = False
    done: bool = False


class Spec(NamedTuple):
    """The job of which an image is part.

    Attributes:
        options: of the command line, by their names.
        sources: folders of the inputs, as URLs or paths.
        target: folder of the output.
        job: name of the job, under which a manifest is kept; empty for a single file.
        settings: what tells results of other settings apart, in the manifest.
        version: of this project, which all workers must have.
    """

    options: dict[str, Any]
    sources: tuple[str, ...]
    target: str
    job: str = ""
    settings: str = ""
    version: str = ""


def in_chunks(items: Iterable[Item], images: int) -> Iterator[list[Item]]:
    """Cut images into chunks of at most so many.

    Example:
        >>> items = [Item(0, "a.png", "b.png", size, "") for size in (1, 200_000_000, 100_000_000)]
        >>> [len(chunk) for chunk in in_chunks(items, 16)]
        [2, 1]
    """
    chunk: list[Item] = []
    size = 0
    for item in items:
        if chunk and (len(chunk) == images or size + item.size > _BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += item.size
    if chunk:
        yield chunk

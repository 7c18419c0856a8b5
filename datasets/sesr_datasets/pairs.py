"""Pairs of a photograph and its small copy, made once and kept decoded on disk."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from sesr.errors import ImageError, SesrError
from sesr.pixels.color import Rgb8
from sesr.pixels.imresize import crop_to_multiple, shrink_to_uint8
from sesr.reporting.progress import Progress, no_progress

T = TypeVar("T")
R = TypeVar("R")

UNFINISHED = ".pairs-"
"""Begins the name of a store that is being made, or that a killed run left."""

FORMAT = 2
"""Raised when the stored pairs change, so that old ones are made anew."""


LoadedPair = tuple[str, Rgb8, Rgb8 | None]
"""Name, high-resolution image and, if the source has its own, the small one."""


class PairSource(Protocol):
    """Where pairs come from: a folder of images, or DIV2K."""

    def fingerprint(self) -> str:
        """A text that changes whenever the pairs would."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Callable[[], LoadedPair | None]]:
        """Functions that load one pair each, in a fixed order; they are called in threads.

        Such a function raises ImageError if its image cannot be read; it is skipped, and told.
        It returns None where there is nothing to tell.
        """


@dataclass(frozen=True, slots=True)
class Pair:
    """One photograph at both sizes, 8-bit RGB."""

    name: str
    high: Rgb8
    low: Rgb8


class PairStore:
    """Decoded pairs in one memory-mapped file.

    The operating system keeps in memory what fits and reads the rest when it is needed, so a
    set larger than memory works, and a second run starts at once.

    Args:
        folder: where `build` put the store.

    Attributes:
        scale: factor between the sizes.
        skipped: why images were left out, a line each.
        digest: of all pixels, whatever the files are named and wherever they lie.
    """

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / "index.json").read_text())
        self.scale: int = index["scale"]
        self.skipped: list[str] = index["skipped"]
        self.digest: str = index["digest"]
        self._entries: list[tuple[str, int, int, int]] = [tuple(e) for e in index["entries"]]
        self._data = np.memmap(folder / "pixels.bin", dtype=np.uint8, mode="r")

    @classmethod
    def build(
        cls,
        source: PairSource,
        scale: int,
        cache: Path,
        progress: Progress = no_progress,
    ) -> PairStore:
        """Open the store of a source, making it first if the cache has none.

        Args:
            source: the images.
            scale: factor between the sizes.
            cache: folder of stores; one killed half-way leaves nothing that is used.
            progress: called with images done and images in all.

        Raises:
            SesrError: not one image of the source can be read.
        """
        key = f"{FORMAT}|{scale}|{source.fingerprint()}"
        folder = cache / f"pairs-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        if not (folder / "index.json").exists():
            cache.mkdir(parents=True, exist_ok=True)
            for abandoned in cache.glob(f"{UNFINISHED}*"):
                shutil.rmtree(abandoned)
            part = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=cache))
            try:
                _write(part, source, scale, progress)
                part.replace(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        return cls(folder)

    def shares(self, usable: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.float64]:
        """How large a part of all pixels each pair has; 0 for one that is not usable."""
        areas = np.array([height * width for _, _, height, width in self._entries], np.float64)
        if usable is not None:
            areas *= usable
        return np.asarray(areas / max(areas.sum(), 1.0))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Pair:
        name, offset, height, width = self._entries[index]
        middle = offset + height * width * 3
        low_height, low_width = height // self.scale, width // self.scale
        end = middle + low_height * low_width * 3
        return Pair(
            name,
            self._data[offset:middle].reshape(height, width, 3),
            self._data[middle:end].reshape(low_height, low_width, 3),
        )

    def __iter__(self) -> Iterator[Pair]:
        return (self[index] for index in range(len(self)))


def make_pair(name: str, high: Rgb8, low: Rgb8 | None, scale: int) -> Pair:
    """Crop a photograph to a multiple of the scale and shrink it, unless low is given.

    Raises:
        ImageError: nothing of it is left.
    """
    cropped = crop_to_multiple(high, scale)
    if not cropped.size:
        height, width = high.shape[:2]
        raise ImageError(f"{name}: {width}x{height} is smaller than one pixel at x{scale}")
    if low is None:
        low = shrink_to_uint8(cropped, scale)
    return Pair(name, cropped, low)


def _write(folder: Path, source: PairSource, scale: int, progress: Progress) -> None:
    entries: list[tuple[str, int, int, int]] = []
    skipped: list[str] = []
    offset = 0
    digest = hashlib.sha256()

    def make(load: Callable[[], LoadedPair | None]) -> Pair | str | None:
        try:
            loaded = load()
            return loaded and make_pair(*loaded, scale)
        except SesrError as error:
            return str(error)

    with (folder / "pixels.bin").open("wb") as pixels:
        for done, pair in enumerate(_parallel(make, source), start=1):
            if isinstance(pair, str):
                skipped.append(pair)
            elif pair is not None:
                entries.append((pair.name, offset, *pair.high.shape[:2]))
                for image in map(np.ascontiguousarray, (pair.high, pair.low)):
                    digest.update(image.data)
                    offset += pixels.write(image.data)
            progress(done, len(source))
    if not entries:
        raise SesrError(f"none of the {len(skipped)} images can be read; the first: {skipped[0]}")
    index = {
        "scale": scale,
        "entries": entries,
        "skipped": skipped,
        "digest": digest.hexdigest(),
    }
    (folder / "index.json").write_text(json.dumps(index))


def _parallel(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Map in order with a thread a core, never more than a few items ahead."""
    with ThreadPoolExecutor() as pool:
        remaining = iter(items)
        waiting = deque(pool.submit(function, item) for item in islice(remaining, 8))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(function, item) for item in islice(remaining, 1))

"""One image larger than a machine, whose parts the workers of a cluster take."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

from sesr.errors import ImageError, SesrError
from sesr.files import KeptFolder, atomic_file
from sesr_app.cluster import Spread, TaskAnswer
from sesr_app.storage import Place
from sesr_app.upscale.large.choice import is_large
from sesr_app.upscale.large.image import LargeImage
from sesr_app.upscale.large.local import LocalParts
from sesr_app.upscale.large.task import LargeTask, Parts
from sesr_app.upscale.plan.outputs import make_folder
from sesr_app.upscale.remote.parts import StoredFile, StoredParts
from sesr_app.upscale.remote.spec import Item, Spec
from sesr_app.upscale.remote.worker import ChunkWorker, Record, worker_for


def goes_in_parts(spec: Spec, item: Item, worker: ChunkWorker) -> bool:
    """Whether a lone image is one whose parts are for several workers."""
    settings = worker.options.settings
    file = StoredFile(spec.sources[item.source], item.name)
    return settings.tiled or is_large(item.name, file.open, settings)


class SpreadImage:
    """Enlarges one image with all of a cluster.

    Args:
        spec: of the job.
        item: the image.
        worker: of this process, which computes nothing.
        cpus: that each worker of the cluster keeps busy.
        tell: told about once a second what is being done, and how much of all is.
    """

    def __init__(
        self,
        spec: Spec,
        item: Item,
        worker: ChunkWorker,
        cpus: int,
        tell: Callable[[str, float], None],
    ) -> None:
        self._spec, self._item, self._worker = spec, item, worker
        self._cpus, self._tell = cpus, tell
        self._place = Place(spec.target)
        self._warnings: list[str] = []

    def run(self) -> Record:
        """What became of it.

        Raises:
            SesrError: the cluster cannot go on; the parts that are done are kept.
        """
        began = time.perf_counter()
        made: Record = {"warnings": self._warnings}
        try:
            made |= self._made()
        except ImageError as error:
            made |= {"status": "failed", "error": str(error)}
        made["seconds"] = round(time.perf_counter() - began, 3)
        return self._worker.record(self._item, **made)

    def _made(self) -> Record:
        spec, item, options = self._spec, self._item, self._worker.options
        file = StoredFile(spec.sources[item.source], item.name)
        image = LargeImage(file.url, file.open, options.settings, options.enlarger, self._warn)
        identity = image.identity(f"{item.size} {item.stamp}")
        with self._parts(identity) as parts:
            task = image.task(parts)
            self._work(task)
            digest = self._assemble(image, task)
        height, width = image.shape[:2]
        return {"width": width, "height": height, "artefacts": image.artefacts, "sha256": digest}

    def _warn(self, message: str) -> None:
        if message not in self._warnings:
            self._warnings.append(message)

    @contextmanager
    def _parts(self, identity: dict[str, str]) -> Iterator[Parts]:
        """Where the parts lie, until the block has succeeded."""
        if self._place.local is None:
            stored = StoredParts(self._spec.target, self._item.target)
            stored.begin(identity)
            yield stored
            stored.remove()
            return
        target = self._place.local / self._item.target
        make_folder(target.parent)
        kept = KeptFolder(target, identity)
        kept.open()
        yield LocalParts(kept.path)
        kept.remove()

    def _work(self, task: LargeTask) -> None:
        """Have the missing parts made.

        Raises:
            ImageError: one of them cannot be.
        """
        missing = task.missing()
        done = task.count - len(missing)

        def tell() -> None:
            self._tell(f"{done}/{task.count} parts", done / task.count)

        shared = (self._spec, task)
        spread = Spread(make_parts, shared, _lost, self._cpus, tell)
        with closing(spread.run(iter([number] for number in missing))) as results:
            for error in results:
                if error:
                    raise ImageError(error)
                done += 1
                tell()

    def _assemble(self, image: LargeImage, task: LargeTask) -> str:
        """Put the result where it belongs; its SHA-256."""
        if self._place.local is not None:
            with atomic_file(self._place.local / self._item.target) as file:
                hashing = _Hashing(file)
                image.write(hashing, task)
            return hashing.digest
        with tempfile.TemporaryDirectory(prefix="sesr-") as folder:
            path = Path(folder, "result.tif")
            with path.open("wb") as file:
                hashing = _Hashing(file)
                image.write(hashing, task)
            self._place.upload(path, self._item.target)
        return hashing.digest


def make_parts(shared: tuple[Spec, LargeTask], numbers: list[int]) -> TaskAnswer:
    """A task: make parts, each with what went wrong with it as its result.

    Made a second time, because an answer was lost, it writes the same again.
    """
    spec, task = shared
    errors: list[str] = []
    try:
        enlarger = worker_for(spec).options.enlarger
    except SesrError as error:
        return TaskAnswer.of(error)
    for number in numbers:
        try:
            task.make(number, enlarger)
            errors.append("")
        except SesrError as error:
            errors.append(str(error))
        except OSError as error:
            errors.append(f"{task.name}: part {number} cannot be kept ({error})")
    return TaskAnswer(errors)


def _lost(number: int, reason: str) -> str:
    return f"part {number}: {reason}"


class _Hashing:
    """A stream that is summed up as it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._sum = file, sha256()

    def write(self, content: bytes, /) -> int:
        self._sum.update(content)
        return self._file.write(content)

    @property
    def digest(self) -> str:
        return self._sum.hexdigest()

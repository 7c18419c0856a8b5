"""From one large TIFF file to its enlarged file, on this machine."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sesr.errors import ImageError
from sesr.files import KeptFolder, atomic_file
from sesr_app.images.decode.gate import one_line
from sesr_app.images.decode.source import Source
from sesr_app.upscale.large.image import LargeImage
from sesr_app.upscale.large.local import LocalParts
from sesr_app.upscale.large.task import LargeTask
from sesr_app.upscale.plan.outputs import Job, make_folder
from sesr_app.upscale.work import Outcome, Work

_AT_A_TIME = 2
"""Parts: while the last tiles of one are computed and packed, the next is begun."""


class LargeEnlarger:
    """Upscales one TIFF file in parts.

    Args:
        work: what it is given; stopped, it can go on later.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._outcome = Outcome(work.job)
        self._lock = threading.Lock()
        self._done = 0.0

    def run(self) -> Outcome:
        """Make the parts that are missing, and the file of all of them.

        Raises:
            ImageError: it cannot be read in parts, or its result not be written. There is no
                partial file, but a folder with the parts that are done.
        """
        work, outcome = self._work, self._outcome
        source, target = _places(work.job)
        image = self._image(source)
        with _writing(target):
            make_folder(target.parent)
            status = Path(source.name).stat()
            kept = KeptFolder(target, image.identity(f"{status.st_size} {status.st_mtime_ns}"))
            kept.open()
            task = image.task(LocalParts(kept.path))
            work.admit(_AT_A_TIME * task.rows * image.shape[1])
            try:
                self._make(task)
            except ImageError:
                # The input is no good, so nobody will go on.
                kept.remove()
                raise
            with atomic_file(target, replace=work.job.overwrite) as file:
                image.write(file, task)
            kept.remove()
        outcome.artefacts = image.artefacts
        outcome.height, outcome.width = image.shape[:2]
        return outcome

    def look(self) -> None:
        """Refuse what `run` would by what the file says of itself; nothing is decoded.

        Raises:
            ImageError: it cannot be read in parts, or is too large.
        """
        self._image(_places(self._work.job)[0])

    def _image(self, source: Source) -> LargeImage:
        work = self._work
        return LargeImage(
            source.name, source.open, work.settings, work.enlarger, self._outcome.warn
        )

    def _make(self, task: LargeTask) -> None:
        """The parts that are missing, some at a time."""
        missing = task.missing()
        self._done = task.count - len(missing)
        ended = threading.Event()

        def make(number: int) -> None:
            if not ended.is_set():
                task.make(number, self._work.enlarger, _Share(self, task.count, ended))

        with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="sesr-part") as pool:
            try:
                for made in [pool.submit(make, number) for number in missing]:
                    made.result()
            except BaseException:
                ended.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def advance(self, share: float, count: int) -> None:
        """Tell that a share of one part more is done, of so many parts."""
        with self._lock:
            self._done += share
            done = self._done
        self._work.advance(f"part {min(int(done) + 1, count)}/{count}", done, count)


class _Share:
    """Progress of one part of several; ends its work when another one failed."""

    def __init__(self, whole: LargeEnlarger, count: int, ended: threading.Event) -> None:
        self._whole, self._count, self._ended = whole, count, ended
        self._told = 0.0

    def __call__(self, done: int, total: int) -> None:
        if self._ended.is_set():
            raise ImageError("another part failed")
        share, self._told = done / total - self._told, done / total
        self._whole.advance(share, self._count)


def _places(job: Job) -> tuple[Source, Path]:
    """The file and its result.

    Raises:
        ImageError: one of them is none that parts go with.
    """
    path, target, name = job.image.path, job.target, job.image.name
    if path is None or target is None:
        raise ImageError(f"{name}: --tiled reads a file and writes one; give both by name")
    source = Source.of(path)
    if source.format.name != "tiff":
        raise ImageError(f"{name}: is {source.format.name}, and --tiled reads parts of TIFF files; "
                         "convert it to a tiled TIFF, or leave --tiled out")  # fmt: skip
    if job.format is None or job.format.name != "tiff":
        raise ImageError(f"{target}: --tiled writes TIFF; call it .tif, or add --format tiff")
    return source, target


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Name the result in whatever goes wrong while it is written.

    Raises:
        ImageError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        full = error.errno == errno.ENOSPC
        reason = "the disk is full" if full else one_line(error)
        raise ImageError(f"{target}: cannot be written ({reason}); the same command goes on where "
                         "it was") from error  # fmt: skip

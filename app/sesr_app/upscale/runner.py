"""Many files: decoded, enlarged and encoded beside each other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sesr.errors import ImageError, SesrError
from sesr.reporting.progress import Advance, no_advance
from sesr_app.images.decode.open import one_line
from sesr_app.terminal.text import printable
from sesr_app.terminal.waiting import result_of
from sesr_app.upscale.enlarge import FileEnlarger
from sesr_app.upscale.large.choice import in_parts
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.outputs import Job
from sesr_app.upscale.plan.settings import Settings
from sesr_app.upscale.work import Outcome, Work

if TYPE_CHECKING:
    from sesr_app.upscale.large.enlarge import LargeEnlarger

_FILES_AT_A_TIME = 4
"""One whose tiles are computed, and others that are decoded and encoded meanwhile."""

_MEGAPIXELS_AT_A_TIME = 64
"""Decoded images wait in memory, so large ones take turns."""


class StoppedError(Exception):
    """The command ends, so the work on a file is given up."""


class Budget:
    """Lets work begin while the sum of what is under way stays within a limit.

    A single piece larger than the limit is let in alone.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._used = 0.0
        self._changed = threading.Condition()

    def take(self, amount: float) -> None:
        """Wait for room."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + amount <= self._limit)
            self._used += amount

    def give_back(self, amount: float) -> None:
        """Make room again."""
        with self._changed:
            self._used -= amount
            self._changed.notify_all()


class JobRunner:
    """Upscales files, several at a time; one that fails does not stop the others.

    Args:
        jobs: what to do.
        enlarger: what to do it with.
        settings: how.
        report: told of the progress.
    """

    def __init__(
        self, jobs: Sequence[Job], enlarger: Enlarger, settings: Settings, report: Advance
    ) -> None:
        self._jobs = jobs
        self._enlarger = enlarger
        self._settings = settings
        self._report = report
        self._parts = [0.0] * len(jobs)
        self._done = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._left = len(jobs)
        self._worth_it = False
        self._known = threading.Event()
        self._budget = Budget(_MEGAPIXELS_AT_A_TIME * 1e6)

    def run(self) -> Iterator[Outcome]:
        """Work through the jobs; the outcomes come in their order.

        Left early, it gives up what is under way, without partial files.
        """
        if not self._jobs:
            return
        workers = min(_FILES_AT_A_TIME, len(self._jobs))
        with (
            ThreadPoolExecutor(1, thread_name_prefix="sesr-model") as preparing,
            ThreadPoolExecutor(workers, thread_name_prefix="sesr-file") as pool,
        ):
            futures = [pool.submit(self._work, index) for index in range(len(self._jobs))]
            try:
                # Meanwhile, so that a wrong model ends the command and not the files. This thread,
                # which signals reach, only waits: ended by one in the middle of an import, it
                # would leave the import's lock taken, and the others waiting for ever.
                result_of(preparing.submit(self._prepare, workers))
                for future in futures:
                    yield result_of(future)
            except BaseException:
                self._stop.set()
                self._known.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _prepare(self, workers: int) -> None:
        """Make the network while the first image is decoded; for none if all are refused."""
        self._known.wait()
        if not self._worth_it:
            return
        import cv2

        # With a file to a core, threads inside OpenCV only get into each other's way.
        cv2.setNumThreads(-1 if workers == 1 else 1)
        self._enlarger.prepare(self._settings.sizing, self._settings.told_artefacts)

    def _work(self, index: int) -> Outcome:
        job = self._jobs[index]
        if job.done:
            self._end_one()
            self._advance(index, "skipped", 1, 1)
            return Outcome(job, status="skipped")
        taken = 0

        def admit(pixels: int) -> None:
            nonlocal taken
            self._worth_it = True
            self._known.set()
            self._budget.take(pixels)
            taken = pixels

        advance = partial(self._advance, index)
        try:
            return _enlarge(Work(job, self._enlarger, self._settings, advance, admit))
        except StoppedError:
            return Outcome(job, status="failed", error="stopped")
        except BrokenPipeError:
            # Nobody reads the result any more, which ends the command.
            raise
        except SesrError as error:
            return Outcome(job, status="failed", error=str(error))
        except MemoryError:
            return Outcome(job, status="failed", error=f"{job.image.name}: not enough memory")
        except Exception as error:
            # Whatever a decoder or encoder does about a hostile file ends here.
            what = f"{job.image.name}: cannot be upscaled ({one_line(error)})"
            return Outcome(job, status="failed", error=what)
        finally:
            self._budget.give_back(taken)
            self._end_one()
            self._advance_quietly(index)

    def _end_one(self) -> None:
        """One file is done; behind the last there is nothing left to wait for."""
        with self._lock:
            self._left -= 1
            if not self._left:
                self._known.set()

    def _advance(self, index: int, what: str, parts_done: float, parts: float) -> None:
        """Tell how far one file is, as a part of all."""
        if self._stop.is_set():
            raise StoppedError
        part = parts_done / parts
        with self._lock:
            self._done += part - self._parts[index]
            self._parts[index] = part
            done = self._done
        total = len(self._jobs)
        count = f"{int(done)}/{total} files  " if total > 1 else ""
        name = Path(self._jobs[index].image.name).name
        self._report(f"{count}{printable(name)}  {what}", done, total)

    def _advance_quietly(self, index: int) -> None:
        if not self._stop.is_set():
            self._advance(index, "done", 1, 1)


def planned(job: Job, enlarger: Enlarger, settings: Settings) -> Outcome:
    """What would become of a file, as far as it says of itself; a video is only looked for."""
    path = job.image.path
    try:
        if not job.container:
            _image_enlarger(Work(job, enlarger, settings, no_advance)).look()
        elif path is not None and not path.exists():
            raise ImageError(f"{path}: no such file")
    except SesrError as error:
        return Outcome(job, status="failed", error=str(error))
    return Outcome(job, status="planned")


def _enlarge(work: Work) -> Outcome:
    """Decode, enlarge and encode one file.

    Raises:
        SesrError: it cannot be read, or its result not written. There is no partial file.
    """
    began = time.perf_counter()
    if work.job.container:
        from sesr_app.upscale.video import VideoEnlarger

        outcome = VideoEnlarger(work).run()
    else:
        outcome = _image_enlarger(work).run()
    outcome.seconds = time.perf_counter() - began
    return outcome


def _image_enlarger(work: Work) -> FileEnlarger | LargeEnlarger:
    """As a whole, or in parts."""
    if not in_parts(work.job, work.settings):
        return FileEnlarger(work)
    from sesr_app.upscale.large.enlarge import LargeEnlarger

    return LargeEnlarger(work)

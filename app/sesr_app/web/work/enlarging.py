"""Photographs of a visitor, enlarged as `sesr upscale` does it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.artefacts import AUTO
from sesr_app.upscale.plan.inputs import InputImage
from sesr_app.upscale.plan.outputs import plan_jobs, refuse_useless
from sesr_app.upscale.run import BATCH_TILE
from sesr_app.upscale.runner import JobRunner, StoppedError
from sesr_app.upscale.work import Outcome
from sesr_app.web.work.interim import CancelledError, Interim, follow

_KEPT_NETWORKS = 4
"""Choices of a network that stay ready for the next visitor."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor chose; None and the rest are the defaults of the command.

    Attributes:
        model, scale, artefacts, format: as the options of `sesr upscale`.
    """

    model: str = "M5"
    scale: float = 2.0
    artefacts: str = AUTO
    format: str | None = None

    def options(
        self, inputs: Sequence[str], output: str | None, megapixels: float
    ) -> UpscaleOptions:
        """What the command would have been given.

        Raises:
            UsageError: the command has no such choice.
        """
        return UpscaleOptions(
            tuple(inputs),
            output,
            scale=self.scale,
            format=self.format,
            model=self.model,
            artefacts=self.artefacts,
            max_megapixels=megapixels,
        )

    def command(self, names: Sequence[str]) -> list[str]:
        """The words of the command line that does the same with files of these names."""
        words = [
            "sesr",
            "upscale",
            *(f"./{name}" if name.startswith("-") else name for name in names),
        ]
        default = Wish()
        for flag in ("model", "scale", "artefacts", "format"):
            value = getattr(self, flag)
            if value != getattr(default, flag):
                words += [f"--{flag}", f"{value:g}" if flag == "scale" else value]
        return words


_Told = Interim | Outcome | BaseException | None


class Enlarging:
    """Photographs on their way to larger ones.

    Args:
        photographs: files.
        folder: of the results, empty.
        wish: what was chosen.
        megapixels: the largest photograph.
        stop: set to end the work.
        seconds: that it may take.
    """

    def __init__(
        self,
        photographs: Sequence[Path],
        folder: Path,
        wish: Wish,
        megapixels: float,
        stop: threading.Event,
        seconds: float,
    ) -> None:
        self._stop = stop
        self._seconds = seconds
        self._told: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        options = wish.options([str(path) for path in photographs], f"{folder}/", megapixels)
        jobs = plan_jobs([InputImage(path) for path in photographs], options.output, options.naming)
        refuse_useless(jobs, options.quality, options.lossless)
        tile = BATCH_TILE if len(jobs) > 1 else None
        networks = _networks(wish.model, tile)
        self._runner = JobRunner(jobs, networks, options.settings, self._advance)

    def run(self) -> Iterator[Interim | Outcome]:
        """Do it; results come in the order of the photographs.

        Left early, it ends without partial files.

        Raises:
            CancelledError: it was stopped.
            SesrError: it took too long, or nothing of it can be done.
        """
        worker = threading.Thread(target=self._work, name="sesr-web-job")
        worker.start()
        try:
            yield from follow(self._receive, self._stop, self._seconds)
        finally:
            self._stop.set()
            worker.join()

    def _receive(self, seconds: float) -> _Told:
        return self._told.get(timeout=seconds)

    def _work(self) -> None:
        try:
            for outcome in self._runner.run():
                self._told.put(outcome)
        except StoppedError:
            # The runner was told at the very end, before whoever follows had looked.
            self._told.put(CancelledError("cancelled; nothing of it was kept"))
        except BaseException as error:
            self._told.put(error)
        finally:
            self._told.put(None)

    def _advance(self, label: str, done: float, total: float) -> None:
        if self._stop.is_set():
            raise StoppedError
        self._told.put(Interim(label, done, total))


@lru_cache(_KEPT_NETWORKS)
def _networks(model: str, tile: int | None) -> Enlarger:
    """Networks that were made for the visitor before serve the next."""
    enlarger = Wish(model).options([], None, 1.0).enlarger
    enlarger.tile = tile
    return enlarger

"""From one video file to its enlarged file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sesr.errors import ImageError, UsageError
from sesr.reporting.progress import Advance
from sesr_app.terminal.extras import require
from sesr_app.upscale.enlarge import Settings
from sesr_app.upscale.outcome import Outcome
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.artefacts import AUTO
from sesr_app.upscale.plan.outputs import Job, make_folder
from sesr_app.video import folder_of

if TYPE_CHECKING:
    from sesr_app.video import Enlargement

_FRAMES_AT_A_TIME = 2
"""Whatever the number of cores: each frame is cut into tiles for all of them, and while the last of
one are computed the next is begun."""


class VideoEnlarger:
    """Upscales one video.

    Args:
        job: the file and the place of its result.
        enlarger: what to do it with.
        settings: how.
        advance: told of every frame; may raise to stop the work, which then can go on later.
        admit: called once it is certain that there is work; may wait.
    """

    def __init__(
        self,
        job: Job,
        enlarger: Enlarger,
        settings: Settings,
        advance: Advance,
        admit: Callable[[], None] = lambda: None,
    ) -> None:
        self._job = job
        self._enlarger = enlarger
        self._settings = settings
        self._advance = advance
        self._admit = admit

    def run(self) -> Outcome:
        """Decode, enlarge and encode.

        Raises:
            ImageError: it cannot be read, or its result not written. There is no partial file.
            UsageError: the network, the codec or the container cannot do it.
            MissingExtraError: PyAV is not installed.
        """
        require("sesr upscale of a video", "video", ("av",))
        from sesr_app.video import VideoTask, enlarge_video

        began = time.perf_counter()
        job, settings = self._job, self._settings
        outcome = Outcome(job)
        if job.container is None or job.image.path is None or job.target is None:
            raise UsageError(f"{job.image.name}: a video is read from a file and written to one")
        if settings.quality or settings.lossless:
            outcome.warn("videos have --crf in place of --quality, and --codec ffv1 is lossless")
        self._admit()
        make_folder(job.target.parent)
        task = VideoTask(
            source=job.image.path,
            target=job.target,
            container=job.container,
            options=settings.video,
            model=f"{settings.computed_by} {self._artefacts}",
            enlargement=self._enlargement,
            workers=_FRAMES_AT_A_TIME,
            advance=self._advance,
            warn=outcome.warn,
            strip=settings.strip,
        )
        outcome.width, outcome.height = enlarge_video(task)
        outcome.artefacts = self._artefacts
        outcome.seconds = time.perf_counter() - began
        return outcome

    @property
    def _artefacts(self) -> str:
        """Those that the network removes; a video does not tell how much it was compressed."""
        asked = self._settings.artefacts
        return "clean" if asked == AUTO else asked

    def _enlargement(self, height: int, width: int) -> Enlargement:
        """How large a video becomes, and by which networks."""
        from sesr_app.video import Enlargement, Network

        name, sizing = self._job.image.name, self._settings.sizing
        if height * width > self._settings.max_megapixels * 1e6:
            raise ImageError(f"{name}: its frames of {width}x{height} are larger than "
                             f"--max-megapixels {self._settings.max_megapixels:g}")  # fmt: skip
        try:
            passes = sizing.passes(height, width, self._enlarger.scales)
        except ImageError as error:
            raise ImageError(f"{name}: {error}") from error
        kinds = [self._artefacts] + (len(passes) - 1) * ["clean"]
        upscalers = [self._enlarger.get(*kind) for kind in zip(passes, kinds, strict=True)]
        if any(upscaler.card.channels != 1 for upscaler in upscalers):
            raise UsageError(
                f"{name}: a video takes a network for Y; leave --rgb out or choose another --model"
            )
        networks = [Network(upscaler.scale, upscaler.luma) for upscaler in upscalers]
        return Enlargement(networks, sizing.target(height, width))


def kept_part(job: Job) -> Path | None:
    """The folder with what is done of a video whose result is not there yet."""
    if job.container is None or job.target is None:
        return None
    folder = folder_of(job.target)
    return folder if any(folder.glob("[0-9]*.json")) else None

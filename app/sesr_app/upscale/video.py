"""From one video file to its enlarged file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.errors import ImageError, UsageError
from sesr_app.terminal.extras import require
from sesr_app.upscale.plan.outputs import make_folder
from sesr_app.upscale.work import Outcome, Work

if TYPE_CHECKING:
    from sesr_app.video import Enlargement

_FRAMES_AT_A_TIME = 2
"""Whatever the number of cores: each frame is cut into tiles for all of them, and while the last of
one are computed the next is begun."""

_ALL_MEMORY = 1 << 40
"""Pixels that other files would have to wait for: a video keeps all cores and much memory busy."""


class VideoEnlarger:
    """Upscales one video.

    Args:
        work: what it is given; stopped, it can go on later.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def run(self) -> Outcome:
        """Decode, enlarge and encode.

        Raises:
            ImageError: it cannot be read, or its result not written. There is no partial file.
            UsageError: the network, the codec or the container cannot do it.
            MissingExtraError: PyAV is not installed.
        """
        require("sesr upscale of a video", "video", ("av",))
        from sesr_app.video import VideoOptions, VideoTask, enlarge_video

        job, settings = self._work.job, self._work.settings
        outcome = Outcome(job)
        if job.container is None or job.image.path is None or job.target is None:
            raise UsageError(f"{job.image.name}: a video is read from a file and written to one")
        if settings.quality or settings.lossless:
            outcome.warn("videos have --crf in place of --quality, and --codec ffv1 is lossless")
        self._work.admit(_ALL_MEMORY)
        make_folder(job.target.parent)
        task = VideoTask(
            source=job.image.path,
            target=job.target,
            container=job.container,
            options=settings.video or VideoOptions(),
            model=f"{settings.computed_by} {self._work.settings.told_artefacts}",
            enlargement=self._enlargement,
            workers=_FRAMES_AT_A_TIME,
            advance=self._work.advance,
            warn=outcome.warn,
            strip=settings.strip,
            overwrite=job.overwrite,
        )
        outcome.width, outcome.height = enlarge_video(task)
        outcome.artefacts = self._work.settings.told_artefacts
        return outcome

    def _enlargement(self, height: int, width: int) -> Enlargement:
        """How large a video becomes, and by which networks."""
        from sesr_app.video import Enlargement, Network

        name, settings = self._work.job.image.name, self._work.settings
        if height * width > settings.max_megapixels * 1e6:
            raise ImageError(f"{name}: its frames of {width}x{height} are larger than "
                             f"--max-megapixels {settings.max_megapixels:g}")  # fmt: skip
        try:
            passes = settings.sizing.passes(height, width, self._work.enlarger.scales)
        except ImageError as error:
            raise ImageError(f"{name}: {error}") from error
        kinds = [self._work.settings.told_artefacts] + (len(passes) - 1) * ["clean"]
        upscalers = [self._work.enlarger.get(*kind) for kind in zip(passes, kinds, strict=True)]
        if any(upscaler.card.channels != 1 for upscaler in upscalers):
            raise UsageError(
                f"{name}: a video takes a network for Y; leave --rgb out or choose another --model"
            )
        networks = [Network(upscaler.scale, upscaler.luma, upscaler.int8) for upscaler in upscalers]
        return Enlargement(networks, settings.sizing.target(height, width))

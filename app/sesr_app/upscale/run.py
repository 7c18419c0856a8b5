"""`sesr upscale` from its options to its last line."""

from __future__ import annotations

from sesr.errors import UsageError
from sesr.files import folder_of
from sesr_app.images import MAX_MEGAPIXELS
from sesr_app.terminal.progress import no_bar, progress_bar
from sesr_app.upscale.messages import Messages
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.plan.earlier import without_results
from sesr_app.upscale.plan.inputs import Found, find_inputs
from sesr_app.upscale.plan.outputs import Job, plan_jobs, refuse_useless
from sesr_app.upscale.runner import JobRunner, planned
from sesr_app.upscale.work import Outcome

BATCH_TILE = 320
"""Several images share what is prepared for a tile, so a larger one pays."""


class UpscaleRun:
    """Plans all work, does it, and tells what became of every image.

    Args:
        options: of the command line.
    """

    def __init__(self, options: UpscaleOptions) -> None:
        self._options = options
        self.messages = Messages(
            as_json=options.as_json, quiet=options.quiet, planning=options.dry_run
        )

    def run(self) -> bool:
        """Find the images and work on them; whether all came out.

        Raises:
            SesrError: something is wrong with the command line as a whole.
        """
        options = self._options
        found = find_inputs(options.inputs, recursive=options.recursive, apart_from=options.folder)
        found = self.sift(found)
        self.work(self.plan(found))
        self.messages.passed_over(found.passed_over)
        self.messages.summary()
        return self.messages.all_well

    def sift(self, found: Found) -> Found:
        """Leave out the results of earlier runs, unless they were asked for."""
        return found if self._options.again else without_results(found, self._options.naming)

    def plan(self, found: Found) -> list[Job]:
        """Give every image the place of its result.

        Raises:
            SesrError: as `plan_jobs` does, or for options that no job would heed.
        """
        options = self._options
        jobs = plan_jobs(found.images, options.output, options.naming)
        refuse_useless(jobs, options.quality, options.lossless)
        self._refuse_video_options(jobs)
        return jobs

    def work(self, jobs: list[Job]) -> None:
        """Do all jobs, or say what they are."""
        options = self._options
        if options.dry_run:
            settings, enlarger = options.settings, options.enlarger
            # What the run would refuse is refused; it makes no network where nothing is left to do.
            if not all(job.done for job in jobs):
                enlarger.prepare(settings.sizing, settings.told_artefacts)
            self._tell_plan(jobs)
            return
        options.enlarger.tile = BATCH_TILE if len(jobs) > 1 or options.watch else None
        videos = any(job.container for job in jobs)
        long = videos or options.tiled or options.max_megapixels > MAX_MEGAPIXELS
        bar = no_bar() if options.quiet else progress_bar(lines=long)
        with bar as advance:
            runner = JobRunner(jobs, options.enlarger, options.settings, advance)
            try:
                for outcome in runner.run():
                    self.messages.outcome(outcome)
            except (KeyboardInterrupt, SystemExit):
                self._tell_kept(jobs)
                raise

    def _refuse_video_options(self, jobs: list[Job]) -> None:
        """There is no use in them where there is no video."""
        options = self._options
        containers = {job.container for job in jobs if job.container}
        if containers:
            from sesr_app.video import VideoOptions

            for container in containers:
                (options.video or VideoOptions()).codec_for(container)
        if not jobs or options.watch or containers:
            return
        if options.naming.container:
            raise UsageError(f"--format {options.format} is for videos, and no input is one")
        if options.video:
            raise UsageError(f"{options.video.given} is for videos, and no input is one")

    def _tell_kept(self, jobs: list[Job]) -> None:
        """What is done of an interrupted video, or of a large image, is not lost."""
        for job in jobs:
            folder = folder_of(job.target) if job.target else None
            if folder and any(folder.glob("[0-9]*")):
                self.messages.tell(
                    f"{job.target}: what is done is kept in {folder.name}; "
                    "the same command goes on with it"
                )

    def _tell_plan(self, jobs: list[Job]) -> None:
        settings, enlarger = self._options.settings, self._options.enlarger
        for job in jobs:
            if job.done:
                self.messages.skipped_in_plan(Outcome(job, status="skipped"))
            else:
                self.messages.outcome(planned(job, enlarger, settings))

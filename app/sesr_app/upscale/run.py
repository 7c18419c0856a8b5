"""`sesr upscale` from its options to its last line."""

from __future__ import annotations

import json
import sys

from sesr_app.terminal.progress import no_bar, progress_bar
from sesr_app.upscale.enlarge import Outcome, Upscalers
from sesr_app.upscale.inputs import find_inputs
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.outputs import Job, plan_jobs
from sesr_app.upscale.runner import JobRunner

BATCH_TILE = 320
"""Several images share what is prepared for a tile, so a larger one pays."""


class UpscaleRun:
    """Plans all work, does it, and tells what became of every image.

    Args:
        options: of the command line.
    """

    def __init__(self, options: UpscaleOptions) -> None:
        self._options = options

    def run(self) -> bool:
        """Do the work; whether all images came out.

        Raises:
            SesrError: something is wrong with the command line as a whole.
        """
        options = self._options
        naming, settings = options.naming, options.settings
        images = find_inputs(options.inputs, recursive=options.recursive, apart_from=options.folder)
        jobs = plan_jobs(images, options.output, naming)
        failed: list[Outcome] = []
        with (no_bar if options.quiet else progress_bar)() as advance:
            for outcome in JobRunner(jobs, self._upscalers(jobs), settings, advance).run():
                self._tell(outcome)
                if outcome.status == "failed":
                    failed.append(outcome)
        if failed and len(jobs) > 1:
            listed = ", ".join(outcome.job.image.name for outcome in failed)
            print(f"sesr: {len(failed)} of {len(jobs)} images failed: {listed}", file=sys.stderr)
        return not failed

    def _upscalers(self, jobs: list[Job]) -> Upscalers:
        options = self._options
        return Upscalers(
            options.model,
            threads=options.threads,
            engine=options.engine,
            precision=options.precision,
            tile=BATCH_TILE if len(jobs) > 1 else None,
        )

    def _tell(self, outcome: Outcome) -> None:
        job = outcome.job
        for warning in outcome.warnings:
            print(f"sesr: warning: {job.image.name}: {warning}", file=sys.stderr)
        if outcome.status == "failed":
            print(f"sesr: {outcome.error}", file=sys.stderr)
        if job.target is None:
            return
        if self._options.as_json:
            print(json.dumps(outcome.as_json()), flush=True)
        elif outcome.status == "ok" and not self._options.quiet:
            print(f"{job.target} {outcome.width}x{outcome.height}", flush=True)

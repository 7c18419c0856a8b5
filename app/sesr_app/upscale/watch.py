"""`sesr upscale --watch`: a folder whose images are enlarged as they arrive."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from sesr.errors import SesrError, UsageError
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.plan.inputs import Found, InputImage, find_in_folder
from sesr_app.upscale.plan.outputs import Job, written_twice
from sesr_app.upscale.run import UpscaleRun

INTERVAL = 1.0
"""Seconds between two looks; a file that did not change in between is whole."""

_Stamp = tuple[int, int]


class Watch:
    """Looks into folders again and again, and takes every image once it is whole.

    What has its result is passed over, so that a watch that was stopped goes on where it was.
    An image that fails is reported and tried again only when it changes.

    Args:
        options: of the command line.
        interval: seconds between two looks.

    Raises:
        UsageError: something else than a folder is given.
    """

    def __init__(self, options: UpscaleOptions, interval: float = INTERVAL) -> None:
        self._options = options
        self._interval = interval
        self._run = UpscaleRun(options)
        self._folders = [Path(given) for given in options.inputs]
        for folder in self._folders:
            if not folder.is_dir():
                raise UsageError(f"{folder}: --watch takes folders, and this is none")
        self._seen: dict[Path, _Stamp] = {}
        self._taken: dict[Path, _Stamp] = {}
        self._told: set[Path] = set()
        self._owners: dict[Path | None, Path | None] = {}

    def run(self) -> None:
        """Watch until the process is ended."""
        while True:
            self.look()
            time.sleep(self._interval)

    def look(self) -> None:
        """Take the images that are whole and new.

        Raises:
            ImageError: a folder cannot be read.
        """
        found = self._find()
        stamps = {image.path: _stamp(image.path) for image in found.images if image.path}
        whole = [
            image
            for image in found.images
            if image.path
            and (stamp := stamps[image.path]) is not None
            and self._seen.get(image.path) == stamp
            and self._taken.get(image.path) != stamp
        ]
        self._seen = {path: stamp for path, stamp in stamps.items() if stamp is not None}
        self._taken |= {image.path: self._seen[image.path] for image in whole if image.path}
        self._take(self._run.sift(Found(whole, found.passed_over)))

    def _find(self) -> Found:
        options = self._options
        all_found = Found()
        for folder in self._folders:
            found = find_in_folder(folder, options.recursive, options.folder)
            all_found.images += found.images
            all_found.passed_over += found.passed_over
        return all_found

    def _take(self, found: Found) -> None:
        new = [item for item in found.passed_over if item.path not in self._told]
        self._told |= {item.path for item in new}
        self._run.messages.passed_over(new)
        try:
            self._work(self._run.plan(found))
        except SesrError:
            # One is in the way of the others, or two have one result.
            self._one_by_one(found.images)

    def _one_by_one(self, images: Sequence[InputImage]) -> None:
        for image in images:
            try:
                self._work(self._run.plan(Found([image])))
            except SesrError as error:
                self._run.messages.error(str(error), image.name)

    def _work(self, jobs: Sequence[Job]) -> None:
        """Do the jobs whose result is no other image's, which would pass for theirs."""
        mine = []
        for job in jobs:
            owner = self._owners.setdefault(job.target, job.image.path)
            if owner == job.image.path:
                mine.append(job)
            else:
                self._run.messages.error(written_twice(job, owner), job.image.name)
        self._run.work(mine)


def _stamp(path: Path) -> _Stamp | None:
    """Size and time of a file; None while there is nothing in it."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if status.st_size else None

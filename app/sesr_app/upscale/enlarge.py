"""From one image file to its enlarged file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from sesr.errors import ImageError
from sesr.files import atomic_file
from sesr_app.images import (
    FORMATS,
    Enlarged,
    Format,
    Frame,
    Header,
    Picture,
    SaveOptions,
    check_result_size,
    fit_alpha,
    fit_depth,
    format_named,
    open_picture,
    read_header,
    write_picture,
)
from sesr_app.images.decode.source import is_shell_pipe
from sesr_app.upscale.plan.artefacts import AUTO, artefacts_of
from sesr_app.upscale.plan.earlier import marked
from sesr_app.upscale.plan.outputs import Job, make_folder
from sesr_app.upscale.plan.sizing import Sizing
from sesr_app.upscale.work import Outcome, Work

_NOTICEABLE = 1.01
"""Interpolation by less beyond what the network does is rounding."""


class UnusableInputError(ImageError):
    """The input turned out to be no good while its result was already being written."""


class FileEnlarger:
    """Upscales one file.

    Args:
        work: what it is given.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._job, self._settings = work.job, work.settings
        self._outcome = Outcome(work.job)

    def run(self) -> Outcome:
        """Decode, enlarge and encode.

        Raises:
            ImageError: it cannot be read, or its result not written. There is no partial file.
        """
        picture = self._open()
        kind = self._kind_for(picture.format)
        _check_frames(picture, kind, self._job.image.name)
        self._check_options(kind)
        place = self._job.target or "-"
        try:
            with _result_file(self._job) as file:
                self._write(file, picture, kind)
        except (UnusableInputError, BrokenPipeError):
            raise
        except ImageError as error:
            # The writer knows no names.
            raise ImageError(f"{place}: {error}") from error
        except OSError as error:
            raise ImageError(f"{place}: cannot be written ({error.strerror})") from error
        return self._outcome

    def look(self) -> None:
        """Refuse what `run` would by what the file says of itself; nothing is decoded.

        Raises:
            ImageError: it would not be read, or its result be too large.
        """
        path = self._job.image.path
        if path is not None and not is_shell_pipe(path):
            self._inspect(read_header(path, self._settings.max_megapixels))

    def _open(self) -> Picture:
        path = self._job.image.path
        return open_picture(
            sys.stdin.buffer if path is None else path,
            self._outcome.warn,
            self._settings.max_megapixels,
            self._work.admit,
            self._inspect,
        )

    def _inspect(self, header: Header) -> None:
        kind, scales = self._kind_for(header.format), self._work.enlarger.scales
        name = self._job.image.name
        inspect_header(header, kind, self._settings.sizing, scales, name, self._outcome.warn)

    def _kind_for(self, own: Format | None) -> Format:
        """The format of the result: as asked for, or that of the file if it can be written."""
        return self._job.format or (own if own in FORMATS else None) or format_named("png")

    def _check_options(self, kind: Format) -> None:
        """Of a format that was not known before, say what is not heeded."""
        if self._settings.quality and not kind.quality:
            self._outcome.warn(f"{kind.name} has no --quality, so it was not heeded")

    def _write(self, file: IO[bytes], picture: Picture, kind: Format) -> None:
        settings, outcome = self._settings, self._outcome
        metadata = marked(picture.metadata, kind)
        outcome.width, outcome.height = write_picture(
            file,
            kind,
            self._frames(picture, kind),
            picture.count,
            picture.plays,
            picture.metadata.stripped() if settings.strip else metadata,
            SaveOptions(
                settings.quality,
                settings.lossless or (picture.lossless and picture.format is kind),
            ),
            outcome.warn,
        )

    def _frames(self, picture: Picture, kind: Format) -> Iterator[Enlarged]:
        """The frames of a picture, enlarged as they are encoded."""
        for index, frame in enumerate(_readable(picture.frames)):

            def progress(done: int, total: int, index: int = index) -> None:
                frame = f"frame {index + 1}/{picture.count} " if picture.count > 1 else ""
                self._work.advance(
                    f"{frame}tile {done}/{total}", index + done / total, picture.count
                )

            sizing = self._settings.sizing
            with _blaming_the_input():
                pixels = fit_alpha(
                    frame.pixels, self._settings.background, self._job.image.name, kind
                )
            self._outcome.artefacts = self._artefacts(picture, pixels.shape[:2])
            bands = self._work.enlarger.bands(pixels, sizing, progress, self._outcome.artefacts)
            shape = (*sizing.target(*pixels.shape[:2]), *pixels.shape[2:])
            enlarged = Enlarged(shape, pixels.dtype, bands, frame.duration)
            yield fit_depth(enlarged, kind, picture.bits, self._outcome.warn)

    def _artefacts(self, picture: Picture, size: tuple[int, int]) -> str:
        """Those that the network is to remove: as asked for, or as the file tells."""
        asked = self._settings.artefacts
        if asked != AUTO:
            return asked
        found = artefacts_of(picture.compression)
        return self._work.enlarger.nearest(found, size, self._settings.sizing)


def inspect_header(
    header: Header,
    kind: Format,
    sizing: Sizing,
    scales: Sequence[int],
    name: str,
    warn: Callable[[str], None],
) -> None:
    """Refuse by its size, before it is decoded, what cannot become a result.

    Args:
        header: what the file says of itself.
        kind: format of the result.
        sizing: how large it is to become.
        scales: that there are networks for.
        name: of the file, for messages.
        warn: told what does not come from the network.

    Raises:
        ImageError: it cannot.
    """
    height, width = sizing.target(header.height, header.width)
    try:
        passes = sizing.passes(header.height, header.width, scales)
        check_result_size(kind, width, height)
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error
    beyond = sizing.beyond(header.height, header.width, passes)
    if beyond > _NOTICEABLE:
        warn(
            f"--scale keeps the network to {sizing.scale:g} times, so the last {beyond:.1f} "
            "times are interpolated; leave --scale out"
        )


def _readable(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The frames, which are decoded as they are reached and may be damaged."""
    with _blaming_the_input():
        yield from frames


@contextmanager
def _blaming_the_input() -> Iterator[None]:
    try:
        yield
    except ImageError as error:
        raise UnusableInputError(str(error)) from error


def _check_frames(picture: Picture, kind: Format, name: str) -> None:
    if picture.count == 1:
        return
    holds = picture.format.frames if picture.format else "animation"
    if kind.frames != holds:
        what = "pages" if holds == "pages" else "frames of an animation"
        fitting = "tiff" if holds == "pages" else "gif, webp, png or avif"
        raise ImageError(f"{name}: has {picture.count} {what}, which {kind.name} does not hold; "
                         f"choose {fitting}")  # fmt: skip


@contextmanager
def _result_file(job: Job) -> Iterator[IO[bytes]]:
    """Where the result is written; it appears when it is whole."""
    if job.target is None:
        import shutil
        import tempfile

        with tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    make_folder(job.target.parent)
    with atomic_file(job.target, replace=job.overwrite) as file:
        yield file

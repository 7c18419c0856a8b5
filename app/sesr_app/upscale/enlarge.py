"""From one image file to its enlarged file."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from sesr.errors import ImageError, UsageError
from sesr.files import atomic_file
from sesr.reporting.progress import Progress
from sesr_app.images import (
    MAX_MEGAPIXELS,
    Enlarged,
    Format,
    Frame,
    Picture,
    SaveOptions,
    format_named,
    open_picture,
    write_picture,
)
from sesr_app.images.encode.flatten import fit_alpha, fit_depth
from sesr_app.terminal.quiet import quiet_native_logs
from sesr_app.upscale.outputs import Job, make_folder
from sesr_app.upscale.sizing import Sizing

if TYPE_CHECKING:
    from sesr.upscaler import Upscaler


FileAdvance = Callable[[float, str], None]
"""Called with the part of a file that is done, 0 to 1, and what that is in words."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to do with every image.

    Attributes:
        sizing: how large.
        quality: of a lossy format, 1 to 100; the format's own default if None.
        lossless: asked for; otherwise lossless images stay lossless.
        strip: drop what the files hold beside pixels and colour profile.
        background: RGB under transparent images where the format holds no alpha.
        max_megapixels: largest image to decode.
    """

    sizing: Sizing
    quality: int | None = None
    lossless: bool = False
    strip: bool = False
    background: tuple[int, int, int] | None = None
    max_megapixels: float = MAX_MEGAPIXELS


@dataclass(slots=True)
class Outcome:
    """What became of an image.

    Attributes:
        job: the image and its result.
        status: "ok", "skipped" or "failed".
        width, height: of the result.
        seconds: that it took, decoding and encoding included.
        error: why it failed.
        warnings: what could not be kept.
    """

    job: Job
    status: str = "ok"
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    error: str = ""
    warnings: list[str] = field(default_factory=list)

    def warn(self, message: str) -> None:
        """Remember a warning, once."""
        if message not in self.warnings:
            self.warnings.append(message)


class Upscalers:
    """Upscalers of one model by scale, each made when the first image needs it."""

    def __init__(self, model: str, **options: Any) -> None:
        self._model = model
        self._options = options
        self._made: dict[int, Upscaler] = {}
        self._lock = threading.Lock()

    def get(self, scale: int) -> Upscaler:
        """The upscaler of a scale.

        Raises:
            UsageError: there is no such model.
        """
        from sesr.upscaler import Upscaler

        with self._lock:
            if scale not in self._made:
                with quiet_native_logs():
                    self._made[scale] = Upscaler(self._model, scale, **self._options)
            return self._made[scale]


def enlarge_file(
    job: Job,
    upscalers: Upscalers,
    settings: Settings,
    advance: FileAdvance,
    admit: Callable[[int], None],
) -> Outcome:
    """Upscale one file.

    Args:
        advance: told of every tile; may raise to stop the work.
        admit: called with the number of pixels before they are decoded; may wait.

    Raises:
        ImageError: it cannot be read, or its result not written. There is no partial file.
    """
    began = time.perf_counter()
    outcome = Outcome(job)
    source: Any = job.source.path
    if source is None:
        source = sys.stdin.buffer.read()
    picture = open_picture(source, outcome.warn, settings.max_megapixels, admit)
    kind = job.format or picture.format or format_named("png")
    _check_frames(picture, kind, job.source.name)
    metadata = picture.metadata.stripped() if settings.strip else picture.metadata
    lossless = settings.lossless or (picture.lossless and picture.format is kind)
    frames = _enlarged(picture, kind, upscalers, settings, advance, outcome)
    try:
        with _result_file(job) as file:
            outcome.width, outcome.height = write_picture(
                file,
                kind,
                frames,
                picture.count,
                picture.plays,
                metadata,
                SaveOptions(settings.quality, lossless),
                outcome.warn,
            )
    except ImageError as error:
        # The writer knows no names.
        known = str(error).startswith(job.source.name)
        raise error if known else ImageError(f"{job.target or '-'}: {error}") from error
    except OSError as error:
        raise ImageError(f"{job.target or '-'}: cannot be written ({error.strerror})") from error
    outcome.seconds = time.perf_counter() - began
    return outcome


def _enlarged(
    picture: Picture,
    kind: Format,
    upscalers: Upscalers,
    settings: Settings,
    advance: FileAdvance,
    outcome: Outcome,
) -> Iterator[Enlarged]:
    """The frames of a picture, enlarged as they are encoded."""
    name = outcome.job.source.name
    for index, frame in enumerate(picture.frames):

        def progress(done: int, total: int, index: int = index) -> None:
            frame = f"frame {index + 1}/{picture.count} " if picture.count > 1 else ""
            advance((index + done / total) / picture.count, f"{frame}tile {done}/{total}")

        pixels = fit_alpha(frame.pixels, settings.background, name, kind)
        enlarged = _enlarge(Frame(pixels, frame.duration), upscalers, settings.sizing, progress)
        yield fit_depth(enlarged, kind, outcome.warn)


def _enlarge(frame: Frame, upscalers: Upscalers, sizing: Sizing, progress: Progress) -> Enlarged:
    height, width = frame.pixels.shape[:2]
    scale = sizing.scale_for(height, width)
    bands = upscalers.get(scale).bands(frame.pixels, progress)
    size = (height * scale, width * scale)
    target = sizing.target(height, width)
    if target and target != size:
        from sesr.pixels.lanczos import resize_bands

        bands, size = resize_bands(bands, size, target), target
    return Enlarged((*size, *frame.pixels.shape[2:]), frame.pixels.dtype, bands, frame.duration)


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
    with atomic_file(job.target) as file:
        yield file


def parse_background(text: str | None) -> tuple[int, int, int] | None:
    """A colour by name or as #rrggbb.

    Raises:
        UsageError: no such colour.
    """
    if text is None:
        return None
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        raise UsageError(
            f"unknown colour {text!r} for --background; use a name such as white, or #rrggbb"
        ) from None
    return red, green, blue

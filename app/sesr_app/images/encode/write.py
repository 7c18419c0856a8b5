"""Encoding enlarged images into files."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

import numpy as np

from sesr.errors import ImageError
from sesr_app.images.decode.open import one_line
from sesr_app.images.encode.png import write_png
from sesr_app.images.encode.tiff import write_tiff
from sesr_app.images.exif import HEADER
from sesr_app.images.formats import Format
from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Enlarged, Warn

FEWEST_GIF_MS = 20
"""Browsers slow down what claims to be faster."""


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How to encode.

    Attributes:
        quality: 1 to 100 of a lossy format; the format's own default if None.
        lossless: use the lossless mode of WebP or AVIF.
    """

    quality: int | None = None
    lossless: bool = False


def write_picture(
    file: IO[bytes],
    kind: Format,
    frames: Iterator[Enlarged],
    count: int = 1,
    plays: int = 0,
    metadata: Metadata | None = None,
    options: SaveOptions | None = None,
    warn: Warn = lambda message: None,
) -> tuple[int, int]:
    """Encode an image, an animation or pages.

    Args:
        file: open for writing, seekable, at its start.
        kind: the format.
        frames: enlarged one after the other, as they are encoded; of kinds that the format
            holds.
        count: how many there are.
        plays: how often an animation is shown; 0 is for ever.
        metadata: what to carry over; sizes in it are set right here.
        options: how to encode.
        warn: told of what the format does not take.

    Returns:
        Width and height.

    Raises:
        ImageError: the image is too large for the format, or cannot be written.
    """
    first = next(frames)
    height, width = first.shape[:2]
    if max(height, width) > kind.largest_side:
        raise ImageError(
            f"{width}x{height} is too large for {kind.name}, which holds {kind.largest_side} "
            "pixels a side; write png instead"
        )
    notes = (metadata or Metadata()).for_size(width, height, warn)
    frames = chain([first], frames)
    try:
        if kind.name == "png":
            write_png(file, frames, count, plays, notes)
        elif kind.name == "tiff":
            write_tiff(file, frames, notes, warn)
        else:
            settings = _settings(kind, options or SaveOptions())
            settings |= _accepted(kind, notes, warn)
            _write_with_pillow(file, kind, frames, count, plays, settings)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ImageError("the disk is full; nothing was written") from error
        raise ImageError(f"cannot be written ({one_line(error)})") from error
    except (ValueError, TypeError, SyntaxError) as error:
        raise ImageError(f"cannot be encoded ({one_line(error)})") from error
    return width, height


def _settings(kind: Format, options: SaveOptions) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if kind.quality:
        settings["quality"] = options.quality or kind.quality
    if kind.name == "jpg":
        # Colours were enlarged by interpolation: half of their pixels say the same.
        settings["subsampling"] = "4:2:0"
    if kind.name == "webp":
        # The second method of the lossless encoder is as small as the default and far faster.
        settings |= {"lossless": options.lossless, "method": 1 if options.lossless else 4}
        settings["exact"] = options.lossless
    if kind.name == "avif" and options.lossless:
        settings |= {"quality": 100, "subsampling": "4:4:4"}
    elif kind.name == "avif":
        settings |= {"subsampling": "4:4:4", "speed": 8}
    return settings


def _accepted(kind: Format, metadata: Metadata, warn: Warn) -> dict[str, Any]:
    """The parts of the metadata that the encoder takes, each tried on an image of one pixel."""
    from PIL import Image

    if not kind.profile:
        lost = [
            name
            for name, part in (
                ("colour profile", metadata.icc_profile),
                ("EXIF", metadata.exif),
                ("XMP", metadata.xmp),
            )
            if part
        ]
        if lost:
            warn(f"{kind.name} holds no {' or '.join(lost)}, so it was left out")
        metadata = Metadata(dpi=metadata.dpi)
    parts = {
        "icc_profile": ("colour profile", metadata.icc_profile),
        "exif": ("EXIF", HEADER + metadata.exif if metadata.exif else None),
        "xmp": ("XMP", metadata.xmp),
        "dpi": ("resolution", metadata.dpi if kind.name in ("jpg", "bmp") else None),
    }
    accepted: dict[str, Any] = {}
    for name, (label, part) in parts.items():
        if not part:
            continue
        try:
            Image.new("RGB", (1, 1)).save(io.BytesIO(), kind.pillow, **{name: part})
        except Exception as error:
            warn(f"{kind.name} does not take its {label}, so it was left out ({one_line(error)})")
        else:
            accepted[name] = part
    return accepted


def _write_with_pillow(
    file: IO[bytes],
    kind: Format,
    frames: Iterator[Enlarged],
    count: int,
    plays: int,
    settings: dict[str, Any],
) -> None:
    if count == 1:
        _canvas(next(frames)).save(file, kind.pillow, **settings)
        return
    durations: list[int] = []
    sequence = frame_sequence(frames, count, kind, durations)
    if kind.name == "gif":
        # GIF counts repetitions, and shows an animation once if it says nothing.
        settings |= {} if plays == 1 else {"loop": max(plays - 1, 0)}
        settings["disposal"] = 2
    elif kind.name == "webp":
        settings["loop"] = plays
    sequence.save(file, kind.pillow, save_all=True, duration=durations, **settings)


def _canvas(image: Enlarged) -> Any:
    """The whole image in Pillow's memory, filled band by band."""
    from PIL import Image

    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[image.channels]
    canvas = None
    top = 0
    for band in image.bands:
        rows = band.reshape(band.shape[:2]) if image.channels == 1 else band
        part = Image.fromarray(np.ascontiguousarray(rows))
        if len(band) == image.shape[0]:
            return part
        canvas = canvas or Image.new(mode, (image.shape[1], image.shape[0]))
        canvas.paste(part, (0, top))
        top += len(band)
    return canvas


def frame_sequence(
    frames: Iterator[Enlarged], count: int, kind: Format, durations: list[int]
) -> Any:
    """An animation as Pillow sees one in a file: each frame is made when it is reached.

    Args:
        durations: filled with milliseconds, a frame at a time, before each is handed over.
    """
    from PIL import Image

    class FrameSequence(Image.Image):
        n_frames = count
        is_animated = True

        def __init__(self) -> None:
            super().__init__()
            self._at = -1
            self.seek(0)

        def tell(self) -> int:
            return max(self._at, 0)

        def seek(self, frame: int) -> None:
            if frame >= count:
                raise EOFError
            # Encoders go back to the first frame when they have finished.
            while self._at < frame:
                self._take(next(frames))

        def _take(self, image: Enlarged) -> None:
            self._at += 1
            durations.append(round(image.duration))
            canvas = _canvas(image)
            if kind.name == "gif":
                canvas = _for_gif(canvas)
            self.im, self._mode, self._size = canvas.im, canvas.mode, canvas.size
            self.palette, self.info = canvas.palette, canvas.info

    return FrameSequence()


def _for_gif(canvas: Any) -> Any:
    """Pixels of a GIF are either there or not."""
    if canvas.mode != "RGBA":
        return canvas
    alpha = canvas.getchannel("A").point(lambda value: 255 if value >= 128 else 0)
    canvas.putalpha(alpha)
    return canvas

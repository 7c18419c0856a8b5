"""Writing with Pillow: WebP and AVIF, still and moving, and what other encoders share."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np

from sesr_app.images.decode.gate import one_line
from sesr_app.images.encode.output import Output
from sesr_app.images.exif import HEADER
from sesr_app.images.picture import Enlarged


def write(file: IO[bytes], output: Output) -> None:
    """Write an image or an animation."""
    settings = _settings(output) | accepted_notes(output)
    if output.count == 1:
        canvas(next(output.frames)).save(file, output.kind.pillow, **settings)
        return
    if output.kind.name == "webp":
        settings["loop"] = output.plays
    save_animation(file, output, settings, _in_color)


def _in_color(image: Any) -> Any:
    """Gray frames as RGB: Pillow would look through all of them to choose a kind of AVIF."""
    return image.convert("RGBA" if image.mode == "LA" else "RGB") if image.mode[0] == "L" else image


def _settings(output: Output) -> dict[str, Any]:
    kind, options = output.kind, output.options
    settings: dict[str, Any] = {}
    if kind.quality:
        settings["quality"] = options.quality or kind.quality
    if kind.name == "webp":
        # The second method of the lossless encoder is as small as the default and far faster.
        settings |= {"lossless": options.lossless, "method": 1 if options.lossless else 4}
        settings["exact"] = options.lossless
    if kind.name == "avif":
        settings |= {"subsampling": "4:4:4"}
        settings |= {"quality": 100} if options.lossless else {"speed": 8}
    return settings


def accepted_notes(output: Output) -> dict[str, Any]:
    """The parts of the metadata that Pillow's encoder takes, each tried on one pixel."""
    from PIL import Image

    metadata = output.metadata
    parts = {
        "icc_profile": ("colour profile", metadata.icc_profile),
        "exif": ("EXIF", HEADER + metadata.exif if metadata.exif else None),
        "xmp": ("XMP", metadata.xmp),
        "dpi": ("resolution", metadata.dpi),
        "comment": ("comment", metadata.comment.encode() if metadata.comment else None),
    }
    accepted: dict[str, Any] = {}
    for name, (label, part) in parts.items():
        if not part:
            continue
        try:
            Image.new("RGB", (1, 1)).save(io.BytesIO(), output.kind.pillow, **{name: part})
        except Exception as error:
            output.warn(
                f"{output.kind.name} does not take its {label}, so it was left out "
                f"({one_line(error)})"
            )
        else:
            accepted[name] = part
    return accepted


def canvas(image: Enlarged) -> Any:
    """The whole image in Pillow's memory, filled band by band."""
    from PIL import Image

    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[image.channels]
    whole = None
    top = 0
    for band in image.bands:
        rows = band.reshape(band.shape[:2]) if image.channels == 1 else band
        part = Image.fromarray(np.ascontiguousarray(rows))
        if len(band) == image.shape[0]:
            return part
        whole = whole or Image.new(mode, (image.shape[1], image.shape[0]))
        whole.paste(part, (0, top))
        top += len(band)
    return whole


def save_animation(
    file: IO[bytes], output: Output, settings: dict[str, Any], convert: Callable[[Any], Any]
) -> None:
    """Write an animation of which no two frames are in memory.

    Args:
        convert: applied to every frame.
    """
    clock = _Clock(10 if output.kind.name == "gif" else 1)
    durations: list[int] = []

    def canvases() -> Iterator[Any]:
        for frame in output.frames:
            durations.append(clock.ticked(frame.duration))
            yield convert(canvas(frame))

    made = canvases()
    first = next(made)
    others = [LaterFrames(made, output.count - 1)]
    first.save(
        file, output.kind.pillow, save_all=True, append_images=others, duration=durations,
        **settings,
    )  # fmt: skip


class _Clock:
    """Times of frames in whole steps, none of which moves the frames after it.

    Args:
        step: in milliseconds.
    """

    def __init__(self, step: int) -> None:
        self._step, self._total, self._told = step, 0.0, 0

    def ticked(self, duration: float) -> int:
        """Milliseconds for the next frame; a frame that is shown at all is shown for a step."""
        self._total += duration
        until = round(self._total / self._step)
        steps = max(until - self._told, int(duration > 0))
        self._told += steps
        return steps * self._step


class LaterFrames:
    """The further frames as Pillow sees an image of several; each is made when it is reached.

    Args:
        made: Pillow images.
        count: how many.
    """

    def __init__(self, made: Iterator[Any], count: int) -> None:
        self.n_frames = count
        self._made = made
        self._at = -1
        self._image: Any = None

    def seek(self, frame: int) -> None:
        """Go to a frame, never back."""
        if frame >= self.n_frames:
            raise EOFError
        while self._at < frame:
            self._image = next(self._made)
            self._at += 1

    def __getattr__(self, name: str) -> Any:
        """Everything else is that of the frame."""
        if name.startswith("__") or self._image is None:
            raise AttributeError(name)
        return getattr(self._image, name)

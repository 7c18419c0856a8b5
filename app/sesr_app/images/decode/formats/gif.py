"""GIF files, whose frames are put together here as browsers do it.

Pillow decodes the pixels of each frame; it would make frames opaque that follow an opaque one.
Reference: GIF89a specification.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from sesr_app.images.containers.blocks import GifFile, GifFrame, read_blocks, standing_alone
from sesr_app.images.decode.gate import Gate, Header, decoding
from sesr_app.images.decode.source import Source
from sesr_app.images.formats import writable
from sesr_app.images.metadata import as_text, collect
from sesr_app.images.picture import Frame, Picture, Pixels

_BACKGROUND, _PREVIOUS = 2, 3
"""What becomes of a frame when its time is over; otherwise it stays."""


def read(source: Source, gate: Gate) -> Picture:
    """Decode a GIF, animated or not."""
    with source.open() as file:
        gif = read_blocks(file)
    if not gif.frames:
        raise ValueError("it holds no image")
    count = len(gif.frames)
    gate.check_size(sum(frame.width * frame.height for frame in gif.frames))
    gate.let_in(Header(source.format, gif.width, gif.height, count))
    if gif.damaged:
        gate.warn(f"is damaged behind image {count}; the rest was left out")
    # This also proves that all of them decode.
    kinds = [(bool((shown[..., 3] == 255).all()), _is_gray(shown)) for shown, _ in _shown(gif)]
    alpha = not all(opaque for opaque, _ in kinds)
    gray = count == 1 and not alpha and kinds[0][1]

    def frames() -> Iterator[Frame]:
        with decoding(gate.name):
            for shown, duration in _shown(gif):
                channels = slice(4) if alpha else slice(3)
                yield Frame(shown[..., 0].copy() if gray else shown[..., channels].copy(), duration)

    metadata = collect({"comment": lambda: as_text(gif.comment)}, gate.warn)
    total = gif.width * gif.height * count
    kind = writable(source.format)
    return Picture(frames(), count, total, kind, metadata, gif.plays, lossless=True)


def _shown(gif: GifFile) -> Iterator[tuple[Pixels, float]]:
    """The whole image as it looks with each frame; the same array every time."""
    canvas = np.zeros((gif.height, gif.width, 4), np.uint8)
    for frame in gif.frames:
        window = canvas[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
        before = window.copy()
        indexes, colors = _indexes(gif, frame)
        indexes = indexes[: window.shape[0], : window.shape[1]]
        if frame.transparent is None:
            window[:] = colors[indexes]
        else:
            drawn = indexes != frame.transparent
            window[drawn] = colors[indexes[drawn]]
        yield canvas, frame.milliseconds
        if frame.disposal == _BACKGROUND:
            window[:] = 0
        elif frame.disposal == _PREVIOUS:
            window[:] = before


def _indexes(gif: GifFile, frame: GifFrame) -> tuple[Pixels, Pixels]:
    """Indexes of the colours of a frame, and the colours as RGBA."""
    from PIL import GifImagePlugin

    with GifImagePlugin.GifImageFile(io.BytesIO(standing_alone(frame))) as image:
        indexes = np.asarray(image)
    palette = frame.palette or gif.palette or bytes(range(256)) * 3
    colors = np.full((256, 4), (0, 0, 0, 255), np.uint8)
    known = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    colors[: len(known), :3] = known
    return indexes, colors


def _is_gray(shown: Pixels) -> bool:
    return bool((shown[..., 0] == shown[..., 1]).all() and (shown[..., 1] == shown[..., 2]).all())

"""What Pillow decodes rightly: most images of 8 bits, and gray of 16."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from sesr_app.images.decode import color
from sesr_app.images.decode.gate import Gate, Header, decoding
from sesr_app.images.decode.orientation import upright, upright_size
from sesr_app.images.decode.source import Source
from sesr_app.images.formats import writable
from sesr_app.images.metadata import Metadata, metadata_of
from sesr_app.images.picture import Frame, Picture, Pixels, Warn

ReadNotes = Callable[[Any, Warn], Metadata]


def read(
    source: Source,
    gate: Gate,
    notes: ReadNotes = metadata_of,
    mend: Callable[[Any], None] = lambda image: None,
) -> Picture:
    """Decode an image, or look through the frames of an animation.

    Args:
        notes: what reads the metadata of the loaded image.
        mend: puts right what Pillow tells wrongly of a still image.
    """
    with opened(source) as image:
        count = getattr(image, "n_frames", 1)
        early = metadata_of(image, lambda message: None).orientation
        size = upright_size(image.width, image.height, early)
        gate.let_in(Header(source.format, *size, count))
        if count > 1:
            return _moving(image, source, gate, notes)
        image.load()
        metadata = notes(image, gate.warn)
        mend(image)
        pixels, keeps_profile = to_pixels(image, gate)
        if not keeps_profile:
            metadata = replace(metadata, icc_profile=None, code_points=None, color_chunks=())
        frames = iter([Frame(upright(pixels, metadata.orientation))])
        total = image.width * image.height
        return Picture(frames, 1, total, writable(source.format), metadata, lossless=True)


@contextmanager
def opened(source: Source) -> Iterator[Any]:
    """The Pillow image of a file, whose pixels are not decoded yet.

    A file reaches no other decoder than its own: some of Pillow's run foreign programs, and
    loading all of them would take longer than decoding.
    """
    from PIL import Image

    # Sizes are checked at the gate, with a limit that can be raised.
    Image.MAX_IMAGE_PIXELS = None
    module, name = source.format.plugin.split(".")
    decoder = getattr(import_module(f"PIL.{module}"), name)
    # Without the file's name Pillow does not map it into memory, which scrambles turned TIFFs.
    with source.open() as file, decoder(file) as image:
        yield image


def to_pixels(image: Any, gate: Gate) -> tuple[Pixels, bool]:
    """Pixels of at most 16 bits, and whether the colour profile still fits them."""
    keeps_profile = image.mode not in color.CONVERTED
    pixels = np.asarray(color.convert(image, gate.name, gate.warn))
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize == 2:
        pixels = pixels.astype(np.uint16, copy=False)
        key = image.info.get("transparency")
        if isinstance(key, int):
            pixels = np.dstack([pixels, np.where(pixels == key, 0, 65535).astype(np.uint16)])
    return pixels, keeps_profile


def _moving(image: Any, source: Source, gate: Gate, notes: ReadNotes) -> Picture:
    """Several frames: looked through once now, and decoded again when they are asked for."""
    from sesr_app.images.decode import animation

    sequence = animation.survey(image, gate.check_size)
    metadata = notes(image, gate.warn)
    orientation = metadata.orientation

    def frames() -> Iterator[Frame]:
        with decoding(gate.name), opened(source) as again:
            for frame in animation.frames(again, sequence):
                yield frame._replace(pixels=upright(frame.pixels, orientation))

    return Picture(
        frames(),
        len(sequence.durations),
        sequence.pixels,
        writable(source.format),
        metadata,
        sequence.plays,
        lossless=True,
    )

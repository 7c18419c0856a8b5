"""Opening and decoding image files, which are hostile until the opposite is proven."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO

from sesr_app.images.decode.gate import MAX_MEGAPIXELS, Gate, Header, decoding, one_line
from sesr_app.images.decode.source import Source
from sesr_app.images.picture import Picture, Warn

__all__ = ["MAX_MEGAPIXELS", "Header", "one_line", "open_picture"]


def open_picture(
    source: Path | bytes | IO[bytes],
    warn: Warn = lambda message: None,
    max_megapixels: float = MAX_MEGAPIXELS,
    admit: Callable[[int], None] = lambda pixels: None,
    inspect: Callable[[Header], None] = lambda header: None,
) -> Picture:
    """Open an image file and decode it, or the first frame of it.

    Args:
        source: path of a file, its content, or a stream. Of a stream no more is read than its
            first bytes if they are of no image.
        warn: told of what is damaged or cannot be kept, in one line each.
        max_megapixels: largest size to decode, all frames together.
        admit: called with the number of pixels before they are decoded; may wait.
        inspect: called with what the header says, once or twice, before anything is decoded;
            may raise to refuse it.

    Raises:
        ImageError: the file is missing, no image, damaged, too large, or of a kind that
            upscaling would take something from. Later frames raise it when they are reached.
        MissingExtraError: its format needs a package that is not installed.
    """
    found = Source.of(source)
    gate = Gate(found.name, warn, max_megapixels, admit, inspect)
    with decoding(found.name):
        decoder = import_module(f"sesr_app.images.decode.formats.{found.format.decoder}")
        picture: Picture = decoder.read(found, gate)
        return picture

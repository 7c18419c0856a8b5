"""Encoding enlarged images into files."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import chain
from typing import IO

from sesr.errors import ImageError
from sesr_app.images.decode.gate import one_line
from sesr_app.images.encode.output import Output, SaveOptions
from sesr_app.images.formats import Format
from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Enlarged, Warn


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
        MissingExtraError: the format needs a package that is not installed.
    """
    encoder = import_module(f"sesr_app.images.encode.formats.{kind.encoder}")
    first = next(frames)
    height, width = first.shape[:2]
    check_result_size(kind, width, height)
    notes = notes_for(metadata or Metadata(), kind, first.shape, warn)
    output = Output(
        kind, chain([first], frames), count, plays, notes, options or SaveOptions(), warn
    )
    try:
        encoder.write(file, output)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ImageError("the disk is full; nothing was written") from error
        raise ImageError(f"cannot be written ({one_line(error)})") from error
    except (ValueError, TypeError, SyntaxError) as error:
        raise ImageError(f"cannot be encoded ({one_line(error)})") from error
    return width, height


def check_result_size(kind: Format, width: int, height: int) -> None:
    """Refuse a result that its format does not hold; best asked before anything is decoded.

    Raises:
        ImageError: it is too large.
    """
    if max(height, width) > kind.largest_side:
        raise ImageError(
            f"{width}x{height} is too large for {kind.name}, which holds {kind.largest_side} "
            "pixels a side; write png instead"
        )


def notes_for(metadata: Metadata, kind: Format, shape: tuple[int, ...], warn: Warn) -> Metadata:
    """What a format holds beside the pixels of a result, with its sizes and profile set right.

    Args:
        shape: of the result, (H, W) or (H, W, C).
    """
    notes = metadata.for_size(shape[1], shape[0], warn)
    return _fitting(notes, kind, gray=shape[2:] in ((), (1,), (2,)) and kind.gray, warn=warn)


def _fitting(metadata: Metadata, kind: Format, *, gray: bool, warn: Warn) -> Metadata:
    """What the format holds of it, with a colour profile that fits the pixels."""
    if lost := metadata.lost_in(kind.notes):
        was = "it was" if len(lost) == 1 else "they were"
        warn(f"{kind.name} holds no {' or '.join(lost)}, so {was} left out")
    kept = metadata.only(kind.notes)
    if kept.icc_profile:
        from sesr_app.images.icc import fitting_profile

        profile = fitting_profile(kept.icc_profile, gray)
        if profile is None:
            warn("its colour profile is not for such pixels, so it was left out")
        kept = replace(kept, icc_profile=profile)
    return kept

"""The frames of animations that Pillow puts together: WebP, AVIF and PNG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sesr_app.images.picture import Frame


@dataclass(frozen=True, slots=True)
class Sequence:
    """What is known of the frames of a file before they are enlarged.

    Attributes:
        first: index of the first frame; a PNG may hold a still image before it.
        durations: of the frames, in milliseconds.
        alpha: whether any of them is transparent somewhere.
        pixels: of all together.
        plays: how often they are shown; 0 is for ever.
    """

    first: int
    durations: tuple[float, ...]
    alpha: bool
    pixels: int
    plays: int


def survey(image: Any, check_size: Callable[[int], None]) -> Sequence:
    """Look through all frames of an open Pillow image, which also proves that they decode.

    Args:
        check_size: called with the pixels so far before each frame is decoded.
    """
    first = 1 if image.info.get("default_image") else 0
    durations: list[float] = []
    alpha, pixels = False, 0
    for index in range(first, image.n_frames):
        image.seek(index)
        pixels += image.width * image.height
        check_size(pixels)
        image.load()
        durations.append(float(image.info.get("duration", 0)))
        alpha = alpha or image.has_transparency_data
    image.seek(0)
    return Sequence(first, tuple(durations), alpha, pixels, _plays(image))


def frames(image: Any, sequence: Sequence) -> Iterator[Frame]:
    """Decode the frames again, one at a time; all of one mode, as encoders of animations want."""
    import numpy as np

    mode = "RGBA" if sequence.alpha else "RGB"
    for index, duration in enumerate(sequence.durations, start=sequence.first):
        image.seek(index)
        image.load()
        yield Frame(np.asarray(image.convert(mode)), duration)


def _plays(image: Any) -> int:
    """How often it is shown; where nothing is said, for ever."""
    return int(image.info.get("loop") or 0)

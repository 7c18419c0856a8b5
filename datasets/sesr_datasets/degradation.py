"""Making photographs worse as files do: JPEG and WebP, once or twice, shrunk after it or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from sesr.errors import UsageError
from sesr.pixels.color import Rgb8
from sesr.pixels.imresize import shrink_to_uint8

_BEST = 95
"""Quality of the better one of two generations, and of a file that is hardly touched."""

_FAINT_FROM, LIGHT_ABOVE = 80, 80
"""Photographs with faint artefacts have at least this quality; of those with light ones some lie
above this, of those with heavy ones none."""

SHRUNK, TWICE, WEBP, FULL_CHROMA = 0.1, 0.2, 0.1, 0.3
"""Shares of the crops that were compressed before they were shrunk, that were saved twice, that
are WebP instead of JPEG, and that keep all of their chroma (4:4:4) instead of a quarter (4:2:0)."""

SAMPLINGS = {
    False: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    True: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
}


@dataclass(frozen=True, slots=True)
class Degradation:
    """Compression of a strength drawn at random.

    Attributes:
        lowest, highest: JPEG quality, 1 to 100 as libjpeg counts it.
    """

    lowest: int
    highest: int

    @classmethod
    def parse(cls, text: str) -> Degradation | None:
        """Read "jpeg:30-92"; nothing for an empty text.

        Raises:
            UsageError: the text is something else.

        Example:
            >>> Degradation.parse("jpeg:30-92")
            Degradation(lowest=30, highest=92)
        """
        if not text:
            return None
        kind, _, numbers = text.partition(":")
        low, _, high = numbers.partition("-")
        fits = kind == "jpeg" and low.isdecimal() and high.isdecimal()
        if not fits or not 1 <= int(low) <= int(high) <= 100:
            raise UsageError(
                "a degradation is written as in jpeg:30-92, with qualities from 1 to 100; "
                f"received {text!r}"
            )
        return cls(int(low), int(high))

    @property
    def artefacts(self) -> str:
        """What a network that is trained on these is for, one of `ARTEFACTS`."""
        if self.lowest >= _FAINT_FROM:
            return "faint"
        return "light" if self.highest > LIGHT_ABOVE else "heavy"

    def __call__(self, low: Rgb8, high: Rgb8, random: np.random.Generator) -> Rgb8:
        """What a camera or a web site would have left of a small image.

        Args:
            low: (h, w, 3), the small image.
            high: (h * scale, w * scale, 3), what it was made from.
            random: decides everything.
        """
        shrunk, twice, webp, full = random.random(4) < (SHRUNK, TWICE, WEBP, FULL_CHROMA)
        quality = int(random.integers(self.lowest, self.highest + 1))
        if shrunk:
            return shrink_to_uint8(compress(high, quality, full), len(high) // len(low))
        if twice:
            # The grid of the first generation lies elsewhere, as after a photograph was cropped.
            down, right = (int(shift) for shift in random.integers(8, size=2))
            better = int(random.integers(quality, max(quality, _BEST) + 1))
            rolled = np.roll(low, (down, right), (0, 1))
            low = np.roll(compress(rolled, better, full), (-down, -right), (0, 1))
        return compress_webp(low, quality) if webp else compress(low, quality, full)

    def steady(self, low: Rgb8, number: int) -> Rgb8:
        """The same for validation: JPEG with 4:2:0, of four strengths in turns."""
        steps = np.linspace(self.lowest, self.highest, 4)
        return compress(low, round(steps[number % 4]), full_chroma=False)


def compress(image: Rgb8, quality: int, full_chroma: bool) -> Rgb8:
    """Save an RGB image as JPEG and open it again."""
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        SAMPLINGS[full_chroma],
    ]
    return _through(".jpg", image, options)


def compress_webp(image: Rgb8, quality: int) -> Rgb8:
    """Save an RGB image as lossy WebP, whose numbers mean about the same, and open it again."""
    return _through(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])


def _through(suffix: str, image: Rgb8, options: list[Any]) -> Rgb8:
    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, content = cv2.imencode(suffix, blue_first, options)
    opened = np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(opened, cv2.COLOR_BGR2RGB), np.uint8)

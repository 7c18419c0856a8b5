"""How large a result is to be, and by which passes through the networks it gets there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import prod

from sesr.errors import ImageError, UsageError

LARGEST_SIDE = 200_000
"""In pixels; no photograph enlarged as far as networks reach has a longer one."""

LARGEST_SCALE = 8.0
"""Beyond this there is nothing in a photograph for a network to go on."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """A scale, or limits that the result fills without being distorted.

    Attributes:
        scale: how many times larger, above 1 and at most 8; with limits, what the network does
            before the result is fitted into them; if None, what the limits need, or 2.
        width, height: largest width and height of the result in pixels.
        max_side: largest of both.
    """

    scale: float | None = None
    width: int | None = None
    height: int | None = None
    max_side: int | None = None

    def __post_init__(self) -> None:
        """Refuse sizes that no image can have."""
        if self.scale is not None and not 1 < self.scale <= LARGEST_SCALE:
            raise UsageError(
                f"--scale must be above 1 and at most {LARGEST_SCALE:g}, such as 2, 1.5 or 150%; "
                f"received {self.scale:g}"
            )
        for name, value in (("width", self.width), ("height", self.height),
                            ("max-side", self.max_side)):  # fmt: skip
            if value is not None and not 1 <= value <= LARGEST_SIDE:
                raise UsageError(f"--{name} must be 1 to {LARGEST_SIDE:,} pixels; received {value}")

    @property
    def limited(self) -> bool:
        """Whether a size was asked for."""
        return any((self.width, self.height, self.max_side))

    @property
    def label(self) -> str:
        """For names of files: "x2", "x1.5", "w800", "w800_h600", "max1200"."""
        named = (("w", self.width), ("h", self.height), ("max", self.max_side))
        sizes = [f"{name}{value}" for name, value in named if value]
        return "_".join(sizes) or f"x{self.scale or 2:g}"

    def target(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the result of an image.

        Example:
            >>> Sizing(width=100, height=60).target(30, 40), Sizing(1.5).target(3, 5)
            ((60, 80), (4, 8))
        """
        ratio = self.scale or 2.0
        if self.limited:
            limits = (
                (self.width, width), (self.height, height), (self.max_side, max(height, width))
            )  # fmt: skip
            ratio = min(limit / side for limit, side in limits if limit)
        return max(1, round(height * ratio)), max(1, round(width * ratio))

    def passes(self, height: int, width: int, scales: Sequence[int]) -> tuple[int, ...]:
        """The networks that an image goes through, one after the other.

        Args:
            height, width: of the image.
            scales: that there are networks for.

        Raises:
            ImageError: the size is beyond their reach.
        """
        if self.scale:
            return choose_passes(self.scale, scales)
        target = self.target(height, width)
        factor = max(target[0] / height, target[1] / width) if self.limited else 2.0
        if factor > LARGEST_SCALE:
            raise ImageError(
                f"{target[1]}x{target[0]} is {factor:.1f} times its {width}x{height} pixels, and "
                f"networks reach {LARGEST_SCALE:g} times; ask for at most "
                f"{width * LARGEST_SCALE:.0f}x{height * LARGEST_SCALE:.0f}"
            )
        return choose_passes(factor, scales)

    def beyond(self, height: int, width: int, passes: Sequence[int]) -> float:
        """How many times larger than what its passes give the result of an image is to be."""
        target = self.target(height, width)
        return max(target[0] / height, target[1] / width) / prod(passes)


def choose_passes(factor: float, scales: Sequence[int]) -> tuple[int, ...]:
    """The fewest passes that reach a factor, and of these the smallest, larger steps first.

    Example:
        >>> [choose_passes(factor, (2, 4)) for factor in (1.5, 2, 3, 8)]
        [(2,), (2,), (4,), (4, 2)]
        >>> choose_passes(3, (2,)), choose_passes(2, (4,))
        ((2, 2), (4,))
    """
    count = 1
    while True:
        ordered = combinations_with_replacement(sorted(scales, reverse=True), count)
        reaching = [passes for passes in ordered if prod(passes) >= factor]
        if reaching:
            return min(reaching, key=prod)
        count += 1

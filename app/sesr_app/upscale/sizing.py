"""How large a result is to be."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.errors import UsageError

LARGEST_SIDE = 1_000_000


@dataclass(frozen=True, slots=True)
class Sizing:
    """A scale, or limits that the result fills without being distorted.

    Attributes:
        scale: of the network, 2 or 4; if None, 2, or what the limits need.
        width, height: largest width and height of the result in pixels.
        max_side: largest of both.
    """

    scale: int | None = None
    width: int | None = None
    height: int | None = None
    max_side: int | None = None

    def __post_init__(self) -> None:
        """Refuse sizes that no image can have."""
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
        """For names of files: "x2", "w800", "w800_h600", "max1200"."""
        named = (("w", self.width), ("h", self.height), ("max", self.max_side))
        sizes = [f"{name}{value}" for name, value in named if value]
        return "_".join(sizes) or f"x{self.scale or 2}"

    def target(self, height: int, width: int) -> tuple[int, int] | None:
        """Height and width of the result of an image, None for those of the network.

        Example:
            >>> Sizing(width=100, height=60).target(30, 40)
            (60, 80)
        """
        if not self.limited:
            return None
        ratio = min(
            limit / side
            for limit, side in (
                (self.width, width), (self.height, height), (self.max_side, max(height, width))
            )
            if limit
        )  # fmt: skip
        return max(1, round(height * ratio)), max(1, round(width * ratio))

    def scale_for(self, height: int, width: int) -> int:
        """The network that an image needs: the smallest that reaches the size."""
        if self.scale:
            return self.scale
        target = self.target(height, width)
        enough = target is None or (target[0] <= 2 * height and target[1] <= 2 * width)
        return 2 if enough else 4

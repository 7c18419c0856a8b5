"""ConvNeXt and its scaled forms, RAN-i, as data: their expressivity, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

from sesr.errors import UsageError

PATCH = 4
"""Side of the squares of pixels that the first convolution takes."""

KERNEL = 7
"""Side of the depthwise kernels."""

_DEPTHS = (3, 3, 9, 3)
_WIDTHS = (96, 192, 384, 768)
_DEPTH_MULTIPLIER = 1.65
_LEAST_WIDTH = 8
"""Of the first stage, below which no network is proposed."""


@dataclass(frozen=True, slots=True)
class ConvNextNetwork:
    """A classifier of ConvNeXt blocks (Liu et al., 2022).

    Attributes:
        name: as `find_classifier` takes it.
        title: for people.
        depths: blocks of the four stages.
        widths: their channels.
        size: side of the image that it is made for.

    Example:
        >>> tiny = CONVNEXTS["convnext_tiny"]
        >>> tiny.nn_mass, round(tiny.macs(classes=1000) / 1e9, 2)
        (13248, 4.46)
    """

    name: str
    title: str
    depths: tuple[int, ...]
    widths: tuple[int, ...]
    size: int = 224

    @property
    def nn_mass(self) -> int:
        """Its expressivity by RAN-i's measure: twice the width, summed over all blocks."""
        return sum(2 * depth * width for depth, width in self._stages)

    @property
    def _stages(self) -> list[tuple[int, int]]:
        return list(zip(self.depths, self.widths, strict=True))

    def parameters(self, classes: int) -> int:
        """Number of weights."""
        first, last = self.widths[0], self.widths[-1]
        total = PATCH**2 * 3 * first + 3 * first
        for before, width in zip(self.widths, self.widths[1:], strict=False):
            total += 2 * before + 4 * before * width + width
        for depth, width in self._stages:
            # Depthwise with bias, norm, two dense layers with biases, scale.
            total += depth * ((KERNEL**2 + 1 + 2 + 8 * width + 5 + 1) * width)
        return total + 2 * last + (last + 1) * classes

    def macs(self, classes: int, size: int | None = None) -> int:
        """Multiply-accumulates for an image of size x size, its own size if left out."""
        side = (size or self.size) // PATCH
        total = PATCH**2 * 3 * self.widths[0] * side**2
        for index, (depth, width) in enumerate(self._stages):
            if index:
                side //= 2
                total += 4 * self.widths[index - 1] * width * side**2
            total += depth * (KERNEL**2 + 8 * width) * width * side**2
        return total + self.widths[-1] * classes


def scaled(name: str, title: str, width: float, depth: float, size: int = 224) -> ConvNextNetwork:
    """ConvNeXt-T with its widths and depths multiplied.

    Example:
        >>> scaled("narrow", "Narrow", 0.666, 1.65).widths
        (64, 128, 256, 511)
    """
    return ConvNextNetwork(
        name,
        title,
        tuple(round(depth * blocks) for blocks in _DEPTHS),
        tuple(round(width * channels) for channels in _WIDTHS),
        size,
    )


def scale_to(budget: int, classes: int = 1000, size: int = 224) -> ConvNextNetwork:
    """The RAN-i with the highest NN-mass within a budget, without training any.

    Depths are those of RAN-i Tiny and Small, 1.65 times ConvNeXt's: deeper and narrower than it,
    and so with more non-linear units for as many multiply-accumulates.

    Args:
        budget: multiply-accumulates of an image.
        classes: of the answer.
        size: side of the image in pixels.

    Raises:
        UsageError: the budget is below the smallest network's.

    Example:
        >>> scale_to(4_580_000_000).widths
        (75, 150, 300, 600)
    """
    first = _LEAST_WIDTH
    found = _of_width(first, size)
    if found.macs(classes) > budget:
        raise UsageError(
            f"a budget of {budget:,} multiply-accumulates is below the smallest RAN-i for "
            f"{size}x{size} pixels, {found.macs(classes):,}: give at least that"
        )
    while (wider := _of_width(first + 1, size)).macs(classes) <= budget:
        first, found = first + 1, wider
    return found


def _of_width(first: int, size: int) -> ConvNextNetwork:
    name = f"ran_i_{first}"
    return scaled(name, f"RAN-i-{first}", first / _WIDTHS[0], _DEPTH_MULTIPLIER, size)


CONVNEXTS = {
    network.name: network
    for network in (
        scaled("ran_i_tiny", "RAN-i-T", 0.666, 1.65),
        scaled("ran_i_small", "RAN-i-S", 0.789, 1.65),
        scaled("ran_i_base", "RAN-i-B", 0.9105, 2.30),
        scaled("convnext_tiny", "ConvNeXt-T", 1.0, 1.0),
    )
}
"""RAN-i and what it is measured against, by name."""

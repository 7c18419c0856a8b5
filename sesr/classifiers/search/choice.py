"""A choice of blocks that lose their activations, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sesr.classifiers.stages import StagedNetwork


def choice_of(spec: StagedNetwork) -> tuple[bool, ...]:
    """For each block from the input to the output, whether it is collapsed.

    Example:
        >>> from sesr.classifiers.stages import RAN_E_GT
        >>> choice_of(RAN_E_GT)[:6]
        (True, True, True, True, False, False)
    """
    return tuple(block.collapsed for block in spec.blocks())


def with_choice(spec: StagedNetwork, choice: Sequence[bool]) -> StagedNetwork:
    """The same network with another choice.

    Args:
        spec: its stages.
        choice: for each block, whether it is collapsed.

    Raises:
        ValueError: there are more or fewer choices than blocks.

    Example:
        >>> from sesr.classifiers.stages import RAN_E_C, RAN_E_GT
        >>> choice_of(with_choice(RAN_E_C, choice_of(RAN_E_GT))) == choice_of(RAN_E_GT)
        True
    """
    blocks = len(choice_of(spec))
    if len(choice) != blocks:
        raise ValueError(f"{spec.title} has {blocks} blocks. Received: {len(choice)} choices")
    left = iter(choice)
    stages = tuple(
        replace(stage, collapsed=tuple(bool(next(left)) for _ in stage.kernels))
        for stage in spec.stages
    )
    return replace(spec, stages=stages)


@dataclass(frozen=True, slots=True)
class ChoiceCost:
    """Cycles of a network on an NPU by which of its blocks are collapsed.

    Attributes:
        collapsed: cycles with every block collapsed.
        extra: for each block, how many more it takes if it keeps its activations, below 0 where
            it takes fewer.

    Example:
        >>> ChoiceCost(1000, (300, -50)).cycles((False, True))
        1300
    """

    collapsed: int
    extra: tuple[int, ...]

    def cycles(self, choice: Sequence[bool]) -> int:
        """Of a choice; blocks are taken to cost what they cost alone."""
        kept = (more for more, gone in zip(self.extra, choice, strict=True) if not gone)
        return self.collapsed + sum(kept)

    @property
    def cheapest(self) -> tuple[bool, ...]:
        """The choice with the fewest cycles."""
        return tuple(more >= 0 for more in self.extra)

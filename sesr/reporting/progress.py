"""The two ways in which long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the parts done (tiles, images, steps) and the parts in all."""

Advance = Callable[[str, float, float], None]
"""Called with what is being done, how much of it is done, and how much there is in all."""


def no_progress(done: int, total: int) -> None:
    """A `Progress` that tells nobody."""


def no_advance(label: str, done: float, total: float) -> None:
    """An `Advance` that tells nobody."""

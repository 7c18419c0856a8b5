"""How far a job is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interim:
    """How far a job is.

    Attributes:
        label: what is being done.
        done, total: how much of how much.
    """

    label: str
    done: float
    total: float

"""The work on one file: what it is given, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sesr.reporting.progress import Advance
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.outputs import Job
from sesr_app.upscale.plan.settings import Settings


class Work(NamedTuple):
    """What the work on one file is given.

    Attributes:
        job: the file and the place of its result.
        enlarger: what to do it with.
        settings: how.
        advance: told how far it is; may raise to stop the work.
        admit: called with the number of pixels before they are decoded; may wait.
    """

    job: Job
    enlarger: Enlarger
    settings: Settings
    advance: Advance
    admit: Callable[[int], None] = lambda pixels: None


@dataclass(slots=True)
class Outcome:
    """What became of an image.

    Attributes:
        job: the image and its result.
        status: "ok", "skipped", "failed", or "planned" where nothing was to be done.
        width, height: of the result.
        seconds: that it took, decoding and encoding included.
        error: why it failed.
        warnings: what could not be kept.
        artefacts: those that the network was for; empty if nothing was enlarged.
    """

    job: Job
    status: str = "ok"
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    artefacts: str = ""

    def warn(self, message: str) -> None:
        """Remember a warning, once."""
        if message not in self.warnings:
            self.warnings.append(message)

    def as_json(self) -> dict[str, Any]:
        """The same for scripts."""
        return {
            "input": self.job.image.name,
            "output": str(self.job.target or "-"),
            "status": self.status,
            "width": self.width,
            "height": self.height,
            "artefacts": self.artefacts,
            "seconds": round(self.seconds, 3),
            "warnings": self.warnings,
            "error": self.error,
        }

"""What became of an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sesr_app.upscale.plan.outputs import Job


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

"""The progress of a training run, for people and for log files."""

from __future__ import annotations

import sys
from typing import Any, Self

from sesr.training.log import LogRow


class TrainingProgress:
    """A bar with the time left on a terminal, and a line for every validation.

    Args:
        steps: optimiser steps in all.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), speed_estimate_period=60)
            self._bar.start()
            self._task = self._bar.add_task("training", total=self._steps)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def start(self, step: int, taken_over: list[str]) -> None:
        """Tell where the run begins, or goes on."""
        if step:
            self._print(f"going on from step {step}")
        elif taken_over:
            self._print(f"took over {', '.join(taken_over)}")
        if self._bar is not None:
            self._bar.update(self._task, completed=step)

    def on_steps(self, step: int, loss: float) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=step, description=f"loss {loss:.4f}")

    def on_validation(self, row: LogRow, best: bool) -> None:
        """Print a line: where the run is, and what the network reaches."""
        mark = " (best)" if best else ""
        self._print(
            f"step {row.step}/{self._steps}  {row.psnr:.3f} dB{mark}  bicubic {row.bicubic:.3f} dB"
            f"  loss {row.loss:.5f}  waited for data {row.data_wait:.1%}  {row.seconds:.0f} s"
        )

    def _print(self, line: str) -> None:
        if self._bar is not None:
            self._bar.console.print(line, highlight=False)
        else:
            print(line, file=sys.stderr, flush=True)

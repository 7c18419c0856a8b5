"""The progress of a training run, for people and for log files."""

from __future__ import annotations

import click

from sesr.reporting.progress import Advance
from sesr.training.run.log import LogRow
from sesr.training.run.processor import lacks_bfloat16


def tell_if_slow(precision: str) -> None:
    """Tell, before the work, of a precision that this processor emulates."""
    if precision == "bfloat16" and lacks_bfloat16():
        _print(
            "this processor has no instructions for bfloat16 and takes many times as long as for "
            "float32: --precision float32, in another folder, beside --recipe too"
        )


class TrainingProgress:
    """Moves a bar, and prints a line for every validation.

    Args:
        advance: of `sesr_app.terminal.progress.progress_bar`.
        steps: optimiser steps in all.
    """

    def __init__(self, advance: Advance, steps: int) -> None:
        self._advance, self._steps = advance, steps

    def start(self, step: int, taken_over: list[str]) -> None:
        """Tell where the run begins, or goes on."""
        if step:
            _print(f"going on from step {step}")
        elif taken_over:
            _print(f"took over {', '.join(taken_over)}")

    def on_steps(self, step: int, loss: float) -> None:
        """Move the bar."""
        self._advance(f"training, loss {loss:.3f}", step, self._steps)

    def on_validation(self, row: LogRow, text: str, best: bool) -> None:
        """Tell where the run is, and what the network reaches."""
        mark = " (best)" if best else ""
        _print(
            f"step {row.step}/{self._steps}{mark}  {text}  loss {row.loss:.5f}  "
            f"waited for data {row.data_wait:.1%}  {row.seconds:.0f} s"
        )


def _print(line: str) -> None:
    click.echo(line, err=True)

"""The log of a run as a CSV file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sesr.files import write_atomically


@dataclass(frozen=True, slots=True)
class LogRow:
    """What happened up to one validation.

    Attributes:
        step: optimiser steps done.
        seconds: training time of the whole run so far.
        learning_rate: at this step.
        loss: mean since the last row.
        figures: what the validation found, by name; the same names in every row of a run.
        data_wait: share of the training time since the last row spent waiting for data.
    """

    step: int
    seconds: float
    learning_rate: float
    loss: float
    figures: dict[str, float]
    data_wait: float

    @property
    def columns(self) -> dict[str, float]:
        """Every number but the step by the name of its column."""
        return {
            "seconds": self.seconds,
            "learning_rate": self.learning_rate,
            "loss": self.loss,
            **self.figures,
            "data_wait": self.data_wait,
        }


class CsvLog:
    """Rows of a run, kept in step with its checkpoint.

    Args:
        path: the file; rows after `step`, written by a run that was killed before its
            checkpoint, are dropped.
        step: where the run goes on.
    """

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        self._lines: list[str] = []
        if step and path.exists():
            old = path.read_text().splitlines()[1:]
            self._lines = [line for line in old if int(line.split(",")[0]) <= step]

    def append(self, row: LogRow) -> None:
        """Add a row; the file is replaced in one piece."""
        self._lines.append(_line([row.step, *(f"{value:.6g}" for value in row.columns.values())]))
        head = _line(["step", *row.columns])
        write_atomically(self.path, ("\n".join([head, *self._lines]) + "\n").encode())


def _line(cells: Sequence[Any]) -> str:
    """A line of CSV; names of folders, which columns have, may hold commas."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def row_with(path: Path, figure: str, value: float) -> dict[str, float]:
    """The first row of a log with a figure of this value, by column; empty where there is none.

    Args:
        path: of a log, which may be gone.
        figure: name of a column.
        value: up to what a log rounds away.
    """
    rows = read_log(path)
    return next((row for row in rows if math.isclose(row[figure], value, rel_tol=1e-5)), {})


def read_log(path: Path) -> list[dict[str, float]]:
    """The rows of a log by column; none of a run that has not been validated yet."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{name: float(text) for name, text in row.items()} for row in csv.DictReader(file)]

"""The log of a run as a CSV file."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass, fields
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
        psnr: of the averaged weights on the validation images, in dB.
        bicubic: the same for bicubic interpolation, in dB.
        data_wait: share of the training time since the last row spent waiting for data.
    """

    step: int
    seconds: float
    learning_rate: float
    loss: float
    psnr: float
    bicubic: float
    data_wait: float

    @property
    def reached(self) -> str:
        """The figures for people."""
        return (
            f"{self.psnr:.3f} dB  bicubic {self.bicubic:.3f} dB  "
            f"waited for data {self.data_wait:.1%}"
        )


class CsvLog:
    """Rows of a run, kept in step with its checkpoint.

    Args:
        path: the file; rows after `step`, written by a run that was killed before its
            checkpoint, are dropped.
        step: where the run goes on.
        kind: dataclass of the rows; its first field is the step, the others are numbers.
    """

    def __init__(self, path: Path, step: int, kind: type[Any]) -> None:
        self.path = path
        self._lines = [",".join(field.name for field in fields(kind))]
        if step and path.exists():
            old = path.read_text().splitlines()[1:]
            self._lines += [line for line in old if int(line.split(",")[0]) <= step]

    def append(self, row: Any) -> None:
        """Add a row; the file is replaced in one piece."""
        buffer = io.StringIO()
        values = astuple(row)
        csv.writer(buffer, lineterminator="").writerow(
            [values[0], *(f"{v:.6g}" for v in values[1:])]
        )
        self._lines.append(buffer.getvalue())
        write_atomically(self.path, ("\n".join(self._lines) + "\n").encode())

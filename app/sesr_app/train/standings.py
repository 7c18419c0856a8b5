"""Where the runs of a sweep stand: kept while it runs, and told at its end, best first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sesr.errors import first_line
from sesr.files import write_atomically
from sesr_app.train.trials import Trial

OPEN, FINISHED, STOPPED, FAILED = "unfinished", "finished", "stopped early", "failed"


class Standings:
    """The table of a sweep, in `sweep.json`; a sweep that was stopped finds in it what is done.

    Args:
        folder: of the sweep.
        trials: its runs.
    """

    def __init__(self, folder: Path, trials: Sequence[Trial]) -> None:
        self._folder, self._path = folder, folder / "sweep.json"
        before = {row["command"]: row for row in self._read()}
        self._rows = [before.get(trial.command) or _row(trial) for trial in trials]

    def is_done(self, number: int) -> bool:
        """Whether nothing is left to do for a run."""
        return self._rows[number]["status"] in (FINISHED, STOPPED)

    def validated(self, number: int, step: int, psnr: float) -> None:
        """A run has been validated."""
        row = self._rows[number]
        if not self.is_done(number):
            row["step"] = step
            row["psnr"] = psnr if row["psnr"] is None else max(psnr, row["psnr"])

    def ended(self, number: int, status: str, error: str = "") -> None:
        """A run has ended."""
        if not self.is_done(number):
            self._rows[number] |= {"status": status, "error": error}
            self.save()

    @property
    def steps(self) -> int:
        """Made in all runs."""
        return sum(row["step"] for row in self._rows)

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The rows of runs that have failed."""
        return [row for row in self._rows if row["status"] == FAILED]

    def save(self) -> None:
        """Write `sweep.json`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"trials": self._best_first()}, indent=1) + "\n"
        write_atomically(self._path, content.encode())

    def table(self) -> str:
        """For people."""
        rows = self._best_first()
        names = list(rows[0]["settings"])
        head = ["validation PSNR", *names, "steps", "", "folder"]
        lines = [[_decibels(row), *row["settings"].values(), str(row["step"]), row["status"],
                  row["folder"]] for row in rows]  # fmt: skip
        widths = [max(len(line[at]) for line in [head, *lines]) for at in range(len(head))]
        padded = ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True))
                  for line in [head, *lines]]  # fmt: skip
        return "\n".join(line.rstrip() for line in padded)

    def _best_first(self) -> list[dict[str, Any]]:
        return sorted(self._rows, key=lambda row: (row["psnr"] is None, -(row["psnr"] or 0)))

    def _read(self) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = json.loads(self._path.read_text())["trials"]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return found


def _row(trial: Trial) -> dict[str, Any]:
    return {
        "settings": trial.settings,
        "psnr": None,
        "step": 0,
        "status": OPEN,
        "error": "",
        "folder": trial.name,
        "command": trial.command,
    }


def _decibels(row: dict[str, Any]) -> str:
    return "" if row["psnr"] is None else f"{row['psnr']:.3f} dB"


def failure_line(error: BaseException | None) -> str:
    """What went wrong; of a failure that comes from elsewhere, its last line."""
    lines = [line.strip() for line in str(error or "").splitlines() if line.strip()]
    return lines[-1] if lines else first_line(RuntimeError(str(error)))

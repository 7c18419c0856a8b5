"""A training that is watched, and killed at a step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from sesr.training.run.log import LogRow


class Killed(BaseException):
    """Stands for a signal."""


class Listener:
    """Keeps what a training tells.

    Args:
        kill_at: the step at which the process ends; None for never.

    Attributes:
        rows: of the log.
        losses: of the steps that were told of.
    """

    def __init__(self, kill_at: int | None = None) -> None:
        self.rows: list[LogRow] = []
        self.losses: list[float] = []
        self._kill_at = kill_at

    def on_steps(self, step: int, loss: float) -> None:
        self.losses.append(loss)
        if step == self._kill_at:
            raise Killed

    def on_validation(self, row: LogRow, text: str, best: bool) -> None:
        self.rows.append(row)


def weights(path: Path) -> list[npt.NDArray[np.float32]]:
    """Those of a network that a training has kept."""
    from sesr.network.load import load_network

    return list(load_network(path).get_weights())

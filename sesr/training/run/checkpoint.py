"""Checkpoints: everything that a killed run needs to go on as if nothing had happened."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from sesr.errors import TrainingError
from sesr.files import write_atomically

Config = TypeVar("Config", bound=Any)
"""A frozen dataclass of numbers and texts, as `TrainingConfig`."""


@dataclass(frozen=True, slots=True)
class Checkpoint(Generic[Config]):
    """The state of a run after a number of steps.

    Attributes:
        config: the configuration of the run.
        step: optimiser steps done.
        best: best validation figure so far; minus infinity before the first.
        seconds: time spent training so far.
        values: model weights, then optimiser variables, in the order of Keras.
        origin: what the run is made of beside its settings, a digest by a name for people.
    """

    config: Config
    step: int
    best: float
    seconds: float
    values: list[np.ndarray[Any, Any]]
    origin: Mapping[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write to path in one piece: a reader finds the old file or the new one."""
        meta = {
            "config": asdict(self.config),
            "step": self.step,
            "best_psnr": None if np.isinf(self.best) else self.best,
            "seconds": self.seconds,
            "origin": dict(self.origin),
        }
        arrays: dict[str, Any] = {f"value_{i:04d}": v for i, v in enumerate(self.values)}
        buffer = io.BytesIO()
        np.savez(buffer, meta=np.array(json.dumps(meta)), **arrays)
        write_atomically(path, buffer.getvalue())

    @classmethod
    def load(
        cls, path: Path, expected: Config, origin: Mapping[str, str] | None = None
    ) -> Checkpoint[Config]:
        """Read a checkpoint of the run that `expected` and its origin describe.

        Raises:
            TrainingError: the file is damaged, or belongs to another run.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                meta = json.loads(str(stored["meta"]))
                names = sorted(name for name in stored.files if name.startswith("value_"))
                values = [stored[name] for name in names]
            config = type(expected)(**meta["config"])
        except (
            OSError,
            EOFError,
            ValueError,
            KeyError,
            TypeError,
            zipfile.BadZipFile,
        ) as error:
            raise TrainingError(
                f"{path}: not a readable checkpoint ({error}); delete it to start afresh"
            ) from error
        _check_same_run(path, config, expected)
        # Checkpoints of former versions have none.
        before = meta.get("origin", {})
        _check_same_origin(path, before, origin or {})
        best = -np.inf if meta["best_psnr"] is None else meta["best_psnr"]
        return cls(config, meta["step"], best, meta["seconds"], values, before)


def save_run(
    path: Path,
    config: Any,
    step: int,
    best: float,
    seconds: float,
    variables: Sequence[Any],
    origin: Mapping[str, str],
) -> None:
    """Write where a run stands, with the values of its Keras variables."""
    import keras

    values = [np.asarray(keras.ops.convert_to_numpy(v)) for v in variables]
    Checkpoint(config, step, best, seconds, values, origin).save(path)


def restore_run(
    path: Path, config: Any, variables: Sequence[Any], origin: Mapping[str, str]
) -> tuple[int, float, float]:
    """Steps done, best figure and seconds of a run that goes on; its variables get their values.

    A run without a checkpoint starts with no step done.

    Raises:
        TrainingError: the file is damaged, or belongs to another run or network.
    """
    if not path.exists():
        return 0, -np.inf, 0.0
    stored = Checkpoint.load(path, config, origin)
    assign(variables, stored.values, path)
    return stored.step, stored.best, stored.seconds


def assign(variables: Sequence[Any], values: Sequence[np.ndarray[Any, Any]], path: Path) -> None:
    """Put stored values into Keras variables of the same shapes.

    Raises:
        TrainingError: the shapes differ, so the file belongs to another network.
    """
    stored = [tuple(value.shape) for value in values]
    wanted = [tuple(variable.shape) for variable in variables]
    if stored != wanted:
        raise TrainingError(f"{path}: the stored weights do not fit this network; delete the file")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _check_same_origin(path: Path, found: Mapping[str, str], expected: Mapping[str, str]) -> None:
    names = [name for name in expected if found.get(name, expected[name]) != expected[name]]
    if names:
        raise TrainingError(
            f"{path}: this checkpoint is of a run with other {' and other '.join(names)}; give "
            "those, or another output folder"
        )


def _check_same_run(path: Path, found: Any, expected: Any) -> None:
    pairs = {f.name: (getattr(found, f.name), getattr(expected, f.name)) for f in fields(found)}
    # How many steps a dispatch holds does not change what is computed.
    pairs.pop("dispatch", None)
    listed = ", ".join(f"{k} {was} (now {now})" for k, (was, now) in pairs.items() if was != now)
    if listed:
        raise TrainingError(
            f"{path}: this checkpoint is of another run, with {listed}; "
            "use its settings or another output folder"
        )

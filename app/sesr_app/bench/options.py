"""What a command line of `sesr bench` asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sesr.catalog.choice import DEFAULT_CHOICE
from sesr.errors import MissingExtraError, UsageError

_SMALLEST_SIDE = 16


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """The options of the command under their own names; its help explains each.

    Raises:
        UsageError: one of them cannot be.
        MissingExtraError: what draws the plot is not installed.
    """

    models: tuple[str, ...] = (DEFAULT_CHOICE.model,)
    family: bool = False
    scale: int = 2
    size: str = "960x540"
    runs: int = 9
    time_limit: float = 600.0
    images: Path | None = None
    peers: Path | None = None
    plot: Path | None = None
    html: Path | None = None
    as_json: bool = False

    def __post_init__(self) -> None:
        """Refuse before any work what would fail after it."""
        if self.plot is not None:
            _check_plot(self.plot, self.images)
        if self.html is not None:
            _check_place(self.html, "--html", ".html")

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height of the input, from "960x540"."""
        match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", self.size)
        sides = [int(side) for side in match.groups()] if match else [0, 0]
        if min(sides) < _SMALLEST_SIDE:
            raise UsageError(
                f"--size is WIDTHxHEIGHT of the input, such as 960x540, at least {_SMALLEST_SIDE} "
                f"a side; received {self.size!r}"
            )
        return sides[0], sides[1]


def _check_plot(plot: Path, images: Path | None) -> None:
    if images is None:
        raise UsageError("--plot draws quality against speed; give --images DIR for the quality")
    _check_place(plot, "--plot", ".png")
    if find_spec("matplotlib") is None:
        raise MissingExtraError("--plot", "bench")


def _check_place(path: Path, option: str, suffix: str) -> None:
    if path.suffix.lower() != suffix:
        kind = suffix.removeprefix(".")
        raise UsageError(f"{path}: {option} writes a {kind.upper()} file; end the name in {suffix}")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: its folder does not exist; make it first")

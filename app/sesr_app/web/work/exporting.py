"""An export of a visitor, in the process of `Child`."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from sesr.errors import UsageError
from sesr.reporting.progress import Advance

_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What a visitor chose, under the names of the options of `sesr export`."""

    model: str
    scale: int
    tile: str
    target: str

    def command(self) -> list[str]:
        """The words of the command line that does the same."""
        words = ["sesr", "export", "--model", self.model, "--scale", str(self.scale)]
        return [*words, "--tile", self.tile, "--target", self.target, "-o", self.folder]

    @property
    def folder(self) -> str:
        """Name of the folder of the result."""
        return f"sesr_{self.model.lower()}_x{self.scale}_y_{self.tile}_{self.target}"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """What an export came to, as text for a table.

    Attributes:
        target, tile: of the export.
        cycles, milliseconds: of a tile by Vela's estimate.
        memory: SRAM, or the arena of C, in KiB.
        archive: the folder as a zip.
    """

    target: str
    tile: str
    cycles: str
    milliseconds: str
    memory: str
    archive: Path


def export_for_page(advance: Advance, wish: ExportWish, place: Path) -> ExportRow:
    """Export, and pack the folder.

    Args:
        advance: told of the progress.
        wish: what was chosen.
        place: folder for the archive.

    Raises:
        SesrError: it does not come out.
    """
    from sesr_app.export.command import parse_export
    from sesr_app.export.run import export_network

    def told(what: str, done: float, total: float) -> None:
        advance(f"{wish.target}: {what}", done, total)

    told("starting", 0, 1)
    folder = place / wish.folder
    with contextlib.redirect_stdout(io.StringIO()):
        export_network(parse_export([*wish.command()[2:-1], str(folder)]), told)
    archive = Path(shutil.make_archive(str(folder), "zip", place, wish.folder))
    return _row(wish, folder, archive)


def _row(wish: ExportWish, folder: Path, archive: Path) -> ExportRow:
    try:
        report = json.loads((folder / "report.json").read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"{wish.target}: the export wrote no report") from error
    cycles, time, sram = (report.get(n) for n in ("cycles", "milliseconds", "sram_bytes"))
    memory = sram or report.get("arena_bytes")
    return ExportRow(
        wish.target,
        wish.tile,
        f"{cycles:,}" if cycles else _UNKNOWN,
        f"{time:.2f}" if time else _UNKNOWN,
        f"{memory / 1024:.0f}" if memory else _UNKNOWN,
        archive,
    )

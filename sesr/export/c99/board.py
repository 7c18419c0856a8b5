"""Running the C of a network on an emulated board."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sesr.errors import ExportError
from sesr.export.c99.core import Core
from sesr.export.c99.source.text import template_file
from sesr.export.folder import copy_data

COMPILER, EMULATOR = "arm-none-eabi-gcc", "qemu-system-arm"

_COUNT = re.compile(r"(\d+) instructions in (\d+) ticks")


@dataclass(frozen=True, slots=True)
class BoardRun:
    """What came of a program on a board.

    Attributes:
        enlarged: the image, raw.
        instructions: that the network took.
        ticks: of the board's timer in that time.
        said: all that the program printed.
    """

    enlarged: bytes
    instructions: int
    ticks: int
    said: str


def board_tools() -> bool:
    """Whether the compiler and the emulator are installed."""
    return all(shutil.which(tool) for tool in (COMPILER, EMULATOR))


def write_board(folder: Path) -> None:
    """The program that enlarges an image on a board."""
    folder.mkdir()
    for file in ("start.c", "main.c"):
        (folder / file).write_bytes(template_file(f"board_{file}").read_bytes())
    (folder / "board.ld").write_bytes(template_file("board.ld").read_bytes())


def run_board(
    core: Core, source: Path, work: Path, image: bytes, size: tuple[int, int]
) -> BoardRun:
    """Enlarge an image on an emulated board.

    Args:
        core: with a board.
        source: folder with `sesr_network.c` and its header.
        work: folder for what is made on the way.
        image: raw, 8 bits, channels last.
        size: its height and width.

    Raises:
        ExportError: the program does not compile, or fails.
    """
    board = work / "board"
    write_board(board)
    for file in ("sesr_tiles.h", "sesr_tiles.c"):
        copy_data(file, board / file)
    (work / "image.bin").write_bytes(image)
    sizes = [f"-DIMAGE_HEIGHT={size[0]}", f"-DIMAGE_WIDTH={size[1]}", f"-I{source}"]
    files = [str(file) for file in (*sorted(board.glob("*.c")), source / "sesr_network.c")]
    link = ["--specs=rdimon.specs", "-nostartfiles", "-T", str(board / "board.ld")]
    options = ["-std=gnu99", "-O3", *core.flags, *link, *sizes]
    _run([COMPILER, *options, *files, "-o", "program.elf"], work)
    options = ["-M", core.board, "-nographic", "-semihosting", "-icount", "shift=0"]
    said = _run([EMULATOR, *options, "-kernel", "program.elf"], work)
    count = _COUNT.search(said)
    if count is None:
        raise ExportError(f"{core.board}: the board does not say what it counted: {said.strip()}")
    enlarged = (work / "enlarged.bin").read_bytes()
    return BoardRun(enlarged, int(count[1]), int(count[2]), said)


def _run(command: list[str], work: Path) -> str:
    result = subprocess.run(  # noqa: S603
        command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no message"]
        raise ExportError(f"{command[0]} ended with {result.returncode}: {lines[0]}")
    return result.stdout

"""Running the C of a network on this computer."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sesr.errors import ExportError, UsageError
from sesr.export.c99.source.text import template_file
from sesr.pixels.levels import Int8Image

_COMPILERS = ("cc", "gcc", "clang")

SOURCES = ("run_tiles.c", "sesr_network.c")
"""What a program consists of that enlarges tiles; `sesr_network.h` lies beside them."""

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
"""Options of gcc and clang that the C passes."""


def find_compiler() -> str | None:
    """Path of a compiler of C on this computer, if there is one."""
    return next((found for name in _COMPILERS if (found := shutil.which(name))), None)


def build_host(
    compiler: str, source: Path, target: Path, options: Sequence[str] = ("-O2",)
) -> None:
    """Compile the program that enlarges tiles.

    Args:
        compiler: gcc, clang, or what takes their options.
        source: folder with `SOURCES`.
        target: file to write.
        options: beside `STRICT`.

    Raises:
        ExportError: the compiler refuses the source.
    """
    files = [str(source / name) for name in SOURCES]
    command = [compiler, *STRICT, *options, *files, "-o", str(target)]
    result = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False
    )
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no message"]
        raise ExportError(f"{source}: {compiler} does not compile it: {lines[0]}")


def run_host(program: Path, tiles: bytes) -> bytes:
    """Enlarge tiles, one behind the other.

    Raises:
        ExportError: the program fails.
    """
    result = subprocess.run([program], input=tiles, capture_output=True, check=False)  # noqa: S603
    if result.returncode:
        lines = result.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise ExportError(f"{program.name}: ended with {result.returncode}: {lines[0]}")
    return result.stdout


class HostNetwork:
    """The C of a network as a function on this computer; compiled once, a process a call.

    Args:
        source, header: `sesr_network.c` and `.h`.
        shape: of an enlarged tile, (height, width, C).

    Raises:
        UsageError: there is no compiler.
        ExportError: the compiler refuses the source.
    """

    def __init__(self, source: str, header: str, shape: tuple[int, ...]) -> None:
        compiler = find_compiler()
        if compiler is None:
            raise UsageError(
                "what this C gives is found by running it, and there is no compiler: install gcc "
                "or clang, or choose an exact --convolution"
            )
        folder = Path(tempfile.mkdtemp())
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        (folder / "sesr_network.c").write_text(source)
        (folder / "sesr_network.h").write_text(header)
        (folder / SOURCES[0]).write_bytes(template_file(SOURCES[0]).read_bytes())
        self._program, self._shape = folder / "run_tiles", shape
        build_host(compiler, folder, self._program)

    def __call__(self, tile: Int8Image) -> Int8Image:
        """Enlarge a tile, (h, w, C)."""
        enlarged = np.frombuffer(run_host(self._program, tile.tobytes()), np.int8)
        return enlarged.reshape(self._shape)


def run_source(compiler: str, source: Path, tiles: bytes) -> bytes:
    """Compile the C of a folder and enlarge tiles with it.

    Raises:
        ExportError: it does not compile, or fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "run_tiles"
        build_host(compiler, source, program)
        return run_host(program, tiles)


def check_source(folder: Path) -> str:
    """Compile the C of a folder, where there is a compiler, and run its test vectors.

    Returns:
        What was checked.

    Raises:
        ExportError: it does not compile, or gives other outputs.
    """
    compiler = find_compiler()
    if compiler is None:
        return "the C was not run, there is no compiler (cc, gcc or clang)"
    inputs = sorted((folder / "vectors").glob("*_input.bin"))
    found = run_source(compiler, folder / "src", b"".join(path.read_bytes() for path in inputs))
    for path in inputs:
        wanted = path.with_name(path.name.replace("_input", "_output"))
        content = wanted.read_bytes()
        if found[: len(content)] != content:
            raise ExportError(f"{wanted}: the C gives another output for {path.name}")
        found = found[len(content) :]
    return f"the C, compiled with {Path(compiler).name}, gives {len(inputs)} of the same outputs"

"""Checking the C of an exported folder again."""

from __future__ import annotations

from pathlib import Path

from sesr.errors import ExportError
from sesr.export.c99.host import find_compiler, run_source


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
    for path in inputs:
        wanted = path.with_name(path.name.replace("_input", "_output"))
        if run_source(compiler, folder / "src", path.read_bytes()) != wanted.read_bytes():
            raise ExportError(f"{wanted}: the C gives another output for {path.name}")
    return f"the C, compiled with {Path(compiler).name}, gives {len(inputs)} of the same outputs"

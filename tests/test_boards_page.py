"""The ten commands of docs/boards.md run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sesr.export.c99.board import COMPILER, board_tools
from sesr.export.c99.core import CORES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "boards.md").read_text()

needs_tools = pytest.mark.skipif(
    not board_tools(), reason="no gcc-arm-none-eabi with newlib, or no qemu-system-arm"
)


def commands() -> list[str]:
    block = re.search(r"```sh[^\n]*\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def run(lines: list[str], folder: Path, path: str) -> str:
    """Run commands in a shell of their own, as a reader types them."""
    ours = {"VIRTUAL_ENV", "PYTEST_ADDOPTS", "PYTHONPATH"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    result = subprocess.run(
        ["sh", "-e", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment | {"PATH": path, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_there_are_ten() -> None:
    assert len(commands()) == 10


def test_its_compiler_options_are_those_of_the_core() -> None:
    core = CORES["cortex-m4"]
    compile_, emulate = (line for line in commands() if line.startswith((COMPILER, "qemu")))
    assert " ".join(core.flags) in compile_
    assert f"-M {core.board} " in emulate


@needs_tools
@pytest.mark.slow
def test_the_commands_from_the_export_on(tmp_path: Path) -> None:
    """With the `sesr` of this environment: the export, its check, and the board."""
    tool = tmp_path / "bin" / "sesr"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sesr_app "$@"\n')
    tool.chmod(0o755)
    path = os.pathsep.join([str(tool.parent), os.environ.get("PATH", os.defpath)])
    said = run(commands()[4:], tmp_path, path)
    assert re.search(r"^\d+ instructions", said, re.MULTILINE), said
    enlarged = (tmp_path / "firmware" / "board" / "enlarged.bin").read_bytes()
    assert len(enlarged) == 192 * 192 and len(set(enlarged)) > 100


@needs_tools
@pytest.mark.slow
def test_all_commands_from_a_clone(tmp_path: Path) -> None:
    """Of the tools only that they are there: installing them is the system's."""
    clone, tools, *rest = commands()
    assert all(name in tools for name in ("gcc-arm-none-eabi", "libnewlib", "qemu-system-arm"))
    lines = [clone.replace("URL", str(ROOT)), *rest]
    assert "instructions in" in run(lines, tmp_path, os.environ.get("PATH", os.defpath))


def test_continuous_integration_installs_the_same() -> None:
    script = (ROOT / "tests" / "board_tools.sh").read_text()
    assert "tests/board_tools.sh" in (ROOT / ".ci" / "run").read_text()
    for name in ("gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm"):
        assert name in script and name in commands()[1]

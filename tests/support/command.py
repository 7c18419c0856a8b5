"""The command `sesr`, run as a person runs it: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def sesr(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run it and catch what it prints; `options` go to `subprocess.run`."""
    command = [sys.executable, "-m", "sesr_app", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def changed_sesr(change: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The same after a line of Python."""
    command = changed_command(change, *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def changed_command(change: str, *arguments: object) -> list[str]:
    """What starts it."""
    code = f"{change}\nimport sys; sys.argv[0] = 'sesr'\nimport sesr_app.main as m; m.run_process()"
    return [sys.executable, "-c", code, *map(str, arguments)]


def assert_fails(result: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    """One line on the standard error with all the parts, and the exit code."""
    assert result.returncode == code, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("sesr: ")
    for part in parts:
        assert part in result.stderr

"""The command `sesr`, run as a person runs it: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def sesr(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run it and catch what it prints; `options` go to `subprocess.run`."""
    command = [sys.executable, "-m", "sesr_app", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def assert_fails(result: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    """One line on the standard error with all the parts, and the exit code."""
    assert result.returncode == code, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("sesr: ")
    for part in parts:
        assert part in result.stderr

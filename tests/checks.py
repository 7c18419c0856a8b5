"""Run every check of the project: ruff, the format, mypy, the tests.

    python tests/checks.py                       # all of them
    python tests/checks.py --static              # all but the tests, as before a commit
    python tests/checks.py tests/sesr -k tiling  # what follows goes to pytest

Takes an environment that holds the project with the extra `test`; `tests/run.sh` makes one. Every
command is printed before it runs, and the first that fails ends the run with its exit code.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]

STATIC = (
    ("ruff", "check", "--quiet", "."),
    ("ruff", "format", "--quiet", "--check", "."),
    ("mypy",),
)
"""What needs seconds; the pre-commit configuration runs the same."""

ALL_TESTS = ("--numprocesses=auto", "--dist=loadfile")
"""A process to a core; the tests of a file share what it prepares."""


def commands(arguments: Sequence[str]) -> list[tuple[str, ...]]:
    """The checks that the arguments of this script ask for, as modules with their arguments."""
    rest = [argument for argument in arguments if argument != "--static"]
    return [*STATIC] if "--static" in arguments else [*STATIC, ("pytest", *(rest or ALL_TESTS))]


def run(command: Sequence[str]) -> int:
    """Run a module of this environment in the root of the project."""
    print("$", shlex.join(command), flush=True)
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode


def main() -> int:
    """Run the checks in turn until one fails."""
    return next((code for command in commands(sys.argv[1:]) if (code := run(command))), 0)


if __name__ == "__main__":
    sys.exit(main())

"""The help of every command, and what the shell can complete."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

import click
import pytest

from command import sesr
from sesr.catalog.shipped import shipped_models
from sesr_app.commands import COMMANDS, app
from sesr_app.examples import EXAMPLES
from sesr_app.images import FORMATS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_with_examples_and_exit_codes(command: str) -> None:
    lines = sesr(command, "--help").stdout.rstrip().splitlines()
    start = lines.index("  Examples:")
    assert len(lines[start:]) == len(EXAMPLES[command]) + 7
    assert lines[-5:] == [
        "  Exit codes:",
        "    0    all went well",
        "    1    something failed, and a line said what",
        "    2    the command line asks for what cannot be",
        "    130  stopped by Ctrl-C",
    ]


@pytest.mark.parametrize("line", [line for rows in EXAMPLES.values() for line, _ in rows])
def test_examples_are_understood(line: str) -> None:
    name, *arguments = shlex.split(line)[1:]
    command = app.get_command(click.Context(app), name)
    assert command is not None
    if "--help" not in arguments:
        command.make_context(name, arguments)
    else:
        assert isinstance(command, click.Group)
        assert arguments[0] in command.commands


def completed(*words: str) -> set[str]:
    """What the shell offers for the last of some words."""
    environment = {
        **os.environ,
        "_SESR_COMPLETE": "bash_complete",
        "COMP_WORDS": shlex.join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    command = [sys.executable, "-c", "from sesr_app.main import run_process; run_process()"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return {line.partition(",")[2] for line in run.stdout.splitlines()}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["sesr", "up"], {"upscale"}),
        (["sesr", "upscale", "--model", ""], {model.card.variant for model in shipped_models()}),
        (["sesr", "upscale", "-m", "m1"], {"M11"}),
        (["sesr", "upscale", "--format", ""], {kind.name for kind in FORMATS}),
        (["sesr", "upscale", "-s", "1"], {"1.5", "150%"}),
        (["sesr", "upscale", "--dry"], {"--dry-run"}),
    ],
)
def test_the_shell_completes(words: Sequence[str], offered: set[str]) -> None:
    assert completed(*words) == offered


def test_one_line_switches_it_on() -> None:
    environment = {**os.environ, "_SESR_COMPLETE": "zsh_source"}
    command = [sys.executable, "-c", "from sesr_app.main import run_process; run_process()"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "_SESR_COMPLETE=zsh_complete" in run.stdout

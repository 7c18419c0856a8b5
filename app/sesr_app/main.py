"""The command `sesr`: its subcommands, and how it ends."""

from __future__ import annotations

import io
import os
import signal
import sys
from importlib import import_module
from typing import Any

import click

from sesr import __version__
from sesr.errors import SesrError

COMMANDS = {
    "upscale": "sesr_app.upscale.command",
    "models": "sesr_app.models",
    "evaluate": "sesr_app.evaluate.command",
    "bench": "sesr_app.bench.command",
    "train": "sesr_app.train.command",
    "export": "sesr_app.export.command",
    "robustness": "sesr_app.robustness.command",
}
"""Modules of the commands by name; each holds a function of the command's name."""


class LazyGroup(click.Group):
    """Imports a command when it is asked for, so that none pays for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their order in the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one."""
        if cmd_name not in COMMANDS:
            from sesr.errors import did_you_mean

            near = did_you_mean(cmd_name, COMMANDS, 0.6).rstrip()
            hint = near or f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no such command {cmd_name!r}; {hint}")
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="sesr %(version)s", help="Print the version and exit.")
def app() -> None:
    """Upscale photographs with super-efficient super resolution."""


def run() -> None:
    """Run the command line as a process of its own."""
    try:
        main()
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else 1)
    _leave(0)


def _leave(code: int) -> None:
    """End without the destructors of native libraries, which take a while and save nothing."""
    if "tensorflow" in sys.modules or "jax" in sys.modules:
        # These have threads and files to close.
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = 1
    os._exit(code)


def main() -> None:
    """Run the command line; every expected failure is one line on the standard error."""
    # Ended politely, a command still removes the file that it was writing.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # Nothing here multiplies large matrices; OpenBLAS would keep cores busy with waiting.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # File names that are not valid text come out as they went in.
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        app.main(prog_name="sesr", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        _end(error.format_message(), 2)
    except click.ClickException as error:
        _end(f"sesr: {error.format_message()} (see --help)", error.exit_code)
    except SesrError as error:
        _end(f"sesr: {error}", error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _end("sesr: interrupted", 130)
    except BrokenPipeError:
        # The reader of our output went away; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _end(f"sesr: {where}{error.strerror or error}", 1)
    except MemoryError:
        _end("sesr: not enough memory; close other programs or take a smaller image", 1)


def _end(message: str, code: int) -> Any:
    print(message, file=sys.stderr)
    sys.exit(code)

"""The command `sesr`: its subcommands, and how it ends."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Annotated, Any

import typer

from sesr import __version__
from sesr.errors import SesrError
from sesr_app.evaluate import evaluate
from sesr_app.models import models
from sesr_app.robustness import robustness
from sesr_app.train import train
from sesr_app.upscale import upscale

app = typer.Typer(
    name="sesr",
    help="Upscale photographs with super-efficient super resolution.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (upscale, models, evaluate, train):
    app.command()(command)
app.add_typer(robustness, name="robustness")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"sesr {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; every expected failure is one line on the standard error."""
    # Ended politely, a command still removes the file that it was writing.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if isinstance(sys.stdout, io.TextIOWrapper):
        # File names that are not valid text come out as they went in.
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        app()
    except SesrError as error:
        _end(f"sesr: {error}", error.exit_code)
    except KeyboardInterrupt:
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

"""How the command `sesr` starts and ends.

Nothing that Python has not loaded already is imported at the top, so that an interrupt in the
first moments meets the lines below.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run_process() -> None:
    """Run the command line as a process of its own."""
    try:
        main()
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else 1)
    except KeyboardInterrupt:
        _leave(130)
    _leave(0)


def main() -> None:
    """Run the command line; every expected failure is one line on the standard error."""
    try:
        _prepare()
        from sesr_app.commands import app

        app.main(prog_name="sesr", standalone_mode=False)
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
    except Exception as error:
        _explain(error)


def _prepare() -> None:
    import signal

    from sesr_app.terminal.descriptors import open_closed_descriptors

    open_closed_descriptors()
    # Ended politely, a command still removes the file that it was writing.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # Nothing here multiplies large matrices; OpenBLAS would keep cores busy with waiting.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if hasattr(sys.stdout, "reconfigure"):
        # File names that are not valid text come out as they went in.
        sys.stdout.reconfigure(errors="surrogateescape")


def _explain(error: Exception) -> NoReturn:
    """End with the line of an expected failure.

    Raises:
        Exception: the failure itself, if nobody expected it.
    """
    import click

    from sesr.errors import SesrError

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print(error.format_message(), file=sys.stderr)
        sys.exit(2)
    if isinstance(error, click.ClickException):
        _end(f"sesr: {error.format_message()} (see --help)", error.exit_code)
    if isinstance(error, SesrError):
        _end(f"sesr: {error}", error.exit_code)
    if isinstance(error, click.Abort):
        _end("sesr: interrupted", 130)
    raise error


def _end(message: str, code: int) -> NoReturn:
    from sesr_app.terminal.text import printable

    print(printable(message), file=sys.stderr)
    sys.exit(code)


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

"""`sesr web` from its options to Ctrl-C."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sesr.errors import SesrError
from sesr_app.terminal.waiting import until_interrupted
from sesr_app.web.address import Address
from sesr_app.web.framework import load_gradio, log
from sesr_app.web.limits import Limits

if TYPE_CHECKING:
    from sesr_app.web.page import Page

_PREFIX = "sesr-web-"


def run_page(address: Address, limits: Limits, weights: Path | None = None) -> None:
    """Serve the page until somebody ends it.

    Args:
        address: where.
        limits: what each visitor may ask for.
        weights: folder with weights of known classifiers.

    Raises:
        MissingExtraError: Gradio is not installed.
        SesrError: the port is taken, or the host is not of this machine.
    """
    with _folder() as folder:
        load_gradio(folder)
        from sesr_app.web.page import Page

        page = Page(folder, limits, weights)
        end_sweeping = page.sessions.sweep_for_ever()
        try:
            log(f"{_serve(page, address)} is open; Ctrl-C closes it")
            if address.no_password and not address.local:
                log("warning: everybody who reaches this address may use this machine")
            until_interrupted()
        finally:
            end_sweeping()
            page.close()


def _serve(page: Page, address: Address) -> str:
    try:
        return page.serve(address)
    except OSError as error:
        raise SesrError(
            f"{address.host}: the page cannot be served there ({' '.join(str(error).split())})"
        ) from error


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for all files, which nobody else can read, and which is deleted in the end."""
    _remove_left_over()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        yield Path(folder).resolve()


def _remove_left_over() -> None:
    """Delete the folders of pages that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        number = path.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdecimal() and path.owner() == Path.home().owner() and not _runs(int(number)):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

"""Gradio, told to stay at home.

It asks its makers for news, loads fonts from elsewhere, fetches addresses that a client sends in
place of a file, prints a traceback for every wrong request, and describes all that it shows anew
for every answer. None of it happens here. Import Gradio through this module only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sesr.errors import UsageError, first_line
from sesr_app.terminal.extras import require
from sesr_app.terminal.text import printable


def load_gradio(folder: Path) -> Any:
    """Import Gradio, whose files go into a folder.

    Raises:
        MissingExtraError: it is not installed.
    """
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    require("sesr web", "web", ["gradio"])
    import gradio
    from gradio import processing_utils, queueing, routes
    from gradio.components.base import Component

    for module in (queueing, routes):
        module.traceback = _OneLine
    for name in ("save_url_to_cache", "ssrf_protected_download"):
        setattr(processing_utils, name, _refuse)
    processing_utils.async_ssrf_protected_download = _refuse_later
    Component.api_info = described_once(Component.api_info)  # type: ignore[method-assign, assignment]
    return gradio


def log(message: str) -> None:
    """One line for whoever started the page."""
    print(f"sesr web: {printable(message)}", file=sys.stderr, flush=True)


class _OneLine:
    """What Gradio takes for the module `traceback`."""

    @staticmethod
    def print_exc() -> None:
        """Say in one line what went wrong."""
        error = sys.exc_info()[1]
        if error is not None:
            log(f"a request failed ({type(error).__name__}: {first_line(error)})")


def _refuse(url: str, *_: Any, **__: Any) -> str:
    raise UsageError(f"{url}: this page fetches nothing from elsewhere; drop the file itself")


def described_once(describe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A description of a component that is made once for all that hold the same kind of value.

    Gradio makes it anew whenever an answer shows or hides one, which took longer than the network
    does for a small photograph.
    """
    known: dict[Any, Any] = {}

    def described(component: Any) -> Any:
        model = component.data_model
        if model not in known:
            known[model] = describe(component)
        return known[model]

    return described


async def _refuse_later(url: str, *_: Any, **__: Any) -> str:
    return _refuse(url)

"""Where visitors drop files."""

from __future__ import annotations

from typing import Any

import gradio as gr

from sesr_app.web.sessions import Sent


def file_field(**options: Any) -> Any:
    """Gradio's field for files, which hands over a list of `Sent`.

    Gradio's own hands over paths without the names that the files had, and leaves an empty file
    behind whenever it is read.
    """
    field = gr.File(**options)
    field.preprocess = _sent
    return field


def _sent(payload: Any) -> list[Sent]:
    if payload is None:
        return []
    files = payload.root if hasattr(payload, "root") else [payload]
    return [Sent(file.path, file.orig_name or "") for file in files]

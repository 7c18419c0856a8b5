"""The tab that shows which networks there are."""

from __future__ import annotations

import gradio as gr

from sesr_app.web.work.chart import family_page


class ModelsTab:
    """The tab; the browser does all that happens on it."""

    def __init__(self) -> None:
        gr.HTML(family_page(), elem_id="models")

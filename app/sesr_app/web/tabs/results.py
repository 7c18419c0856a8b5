"""The part of the first tab that shows results: beside bicubic, in detail, to download."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from sesr_app.web.names import as_typed
from sesr_app.web.tabs.messages import listed, said
from sesr_app.web.work.looking import Look, SideBySide

_GONE = "These files were deleted, as nothing happened for a while; drop them again."


@dataclass(frozen=True, slots=True)
class Made:
    """What a job made.

    Attributes:
        pairs: photographs and their results.
        pictures: folder for what the page shows of them.
        failures: why others have none.
        command: words of the command line that does the same.
    """

    pairs: tuple[tuple[Path, Path], ...]
    pictures: Path
    failures: tuple[str, ...]
    command: tuple[str, ...]


class Results:
    """What a visitor sees when a job is done."""

    def __init__(self) -> None:
        self.status = gr.HTML(elem_id="upscale-status")
        self._which = gr.Dropdown([], label="Photograph to look at", visible=False)
        self._whole = _slider("Bicubic left of the line, SESR right", 520, "upscale-whole")
        with gr.Row(equal_height=True):
            self._place = gr.Image(
                label="Click where you want to look closer",
                type="filepath",
                interactive=False,
                visible=False,
                buttons=[],
                height=320,
                elem_id="upscale-place",
            )
            self._detail = _slider("A detail, magnified", 320, "upscale-detail")
        with gr.Row(visible=False) as self._moves:
            self._line = gr.Slider(0, 100, 50, step=1, label="Line: % from the left")
            self._across = gr.Slider(0, 100, 50, step=1, label="Detail: % from the left")
            self._down = gr.Slider(0, 100, 50, step=1, label="Detail: % from the top")
        self._files = gr.File(
            label="Results",
            file_count="multiple",
            interactive=False,
            visible=False,
            elem_id="upscale-results",
        )
        self._together = gr.DownloadButton(
            "Download all as one zip", visible=False, elem_id="upscale-zip"
        )
        self._command = gr.Textbox(
            label="The command line that does the same",
            interactive=False,
            visible=False,
            buttons=["copy"],
            elem_id="upscale-command",
        )
        self._made = gr.State(None)
        self._connect()

    @property
    def outputs(self) -> list[Any]:
        """The components that `shown` and `hidden` give values to."""
        return [
            self.status,
            self._which,
            self._whole,
            self._place,
            self._detail,
            self._moves,
            self._files,
            self._together,
            self._command,
            self._made,
        ]

    def message(self, html: str) -> tuple[Any, ...]:
        """Only another message; all else stays."""
        return html, *[gr.skip()] * (len(self.outputs) - 1)

    def hidden(self, html: str) -> tuple[Any, ...]:
        """A message, and no results."""
        off = [part(visible=False) for part in (gr.Dropdown, gr.ImageSlider, gr.Image)]
        more = [part(visible=False) for part in (gr.ImageSlider, gr.Row, gr.File)]
        last = [part(visible=False) for part in (gr.DownloadButton, gr.Textbox)]
        return html, *off, *more, *last, None

    def shown(self, made: Made) -> tuple[Any, ...]:
        """What a job made, the first photograph of it."""
        if not made.pairs:
            return self.hidden(listed("No photograph was enlarged.", made.failures))
        files = [result for _, result in made.pairs]
        whole, place, detail, size = _pictures(made, 0)
        several = len(files) > 1
        text = f"{len(files)} photographs are ready." if several else f"{files[0].name}: {size}"
        names = [(photograph.name, index) for index, (photograph, _) in enumerate(made.pairs)]
        return (
            listed(text, made.failures),
            gr.Dropdown(names, value=0, visible=several),
            gr.ImageSlider(whole, visible=True),
            gr.Image(place, visible=True),
            gr.ImageSlider(detail, visible=True),
            gr.Row(visible=True),
            gr.File([str(path) for path in files], visible=True),
            gr.DownloadButton(value=_zip(files) if several else None, visible=several),
            gr.Textbox(as_typed(made.command), visible=True),
            made,
        )

    def _connect(self) -> None:
        quick: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        asked = [self._made, self._which]
        self._which.input(
            self._choose, asked, [self.status, self._whole, self._place, self._detail], **quick
        )
        self._place.select(self._click, asked, [self._detail, self._across, self._down], **quick)
        # The keyboard releases nothing.
        moved: dict[str, Any] = {**quick, "trigger_mode": "always_last"}
        self._line.input(_draw_line, self._line, [self._whole, self._detail], **moved)
        for slider in (self._across, self._down):
            slider.input(self._move, [*asked, self._across, self._down], self._detail, **moved)

    def _choose(self, made: Made | None, index: int) -> tuple[Any, ...]:
        """Another photograph is to be looked at."""
        if made is None or not made.pictures.is_dir():
            return said(_GONE, "bad"), gr.skip(), gr.skip(), gr.skip()
        whole, place, detail, size = _pictures(made, index)
        return said(f"{made.pairs[index][1].name}: {size}"), whole, place, detail

    def _click(self, made: Made | None, index: int, event: gr.SelectData) -> tuple[Any, ...]:
        """The pointer chose a place."""
        if made is None or not made.pictures.is_dir():
            return gr.skip(), gr.skip(), gr.skip()
        look = Look(*made.pairs[index or 0])
        across, down = (at / side for at, side in zip(event.index, look.shown, strict=True))
        detail = look.detail(made.pictures, across, down)
        return _paths(detail), round(100 * across), round(100 * down)

    def _move(self, made: Made | None, index: int, across: float, down: float) -> Any:
        """The keyboard chose a place."""
        if made is None or not made.pictures.is_dir():
            return gr.skip()
        look = Look(*made.pairs[index or 0])
        return _paths(look.detail(made.pictures, across / 100, down / 100))


def _draw_line(percent: float) -> tuple[Any, Any]:
    """The line between the two, for those who do not drag it."""
    return gr.ImageSlider(slider_position=percent), gr.ImageSlider(slider_position=percent)


def _slider(label: str, height: int, name: str) -> Any:
    return gr.ImageSlider(
        label=label,
        type="filepath",
        interactive=False,
        visible=False,
        buttons=["fullscreen"],
        max_height=height,
        elem_id=name,
    )


def _pictures(made: Made, index: int) -> tuple[tuple[str, str], str, tuple[str, str], str]:
    """Of one photograph: the whole, what is clicked on, a detail, and the size."""
    look = Look(*made.pairs[index])
    folder = made.pictures / str(index)
    folder.mkdir(exist_ok=True)
    whole, detail = look.whole(folder), look.detail(folder, 0.5, 0.5)
    return _paths(whole), str(whole.ours), _paths(detail), "{} x {} pixels".format(*look.size)


def _paths(pair: SideBySide) -> tuple[str, str]:
    return str(pair.bicubic), str(pair.ours)


def _zip(files: Sequence[Path]) -> str:
    """All results in one file beside them; they are compressed already."""
    path = files[0].with_name("sesr-upscaled.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.write(file, file.name)
    return str(path)

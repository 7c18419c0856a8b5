"""The tab that enlarges photographs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr

from sesr.catalog.shipped import shipped_models
from sesr.errors import SesrError, UsageError
from sesr_app.images import FORMATS
from sesr_app.upscale.plan.artefacts import AUTO
from sesr_app.web.framework import log
from sesr_app.web.limits import Limits
from sesr_app.web.sessions import Sent, Session, Sessions
from sesr_app.web.tabs.messages import bar, said
from sesr_app.web.tabs.results import Made, Results
from sesr_app.web.uploads import file_field
from sesr_app.web.work.enlarging import Enlarging, Wish
from sesr_app.web.work.interim import CancelledError, Interim

_HINT = "Drop photographs, and they are enlarged at once. To take others, remove these first."

_SCALES = [("1.5 x", 1.5), ("2 x", 2.0), ("3 x", 3.0), ("4 x", 4.0), ("8 x", 8.0)]

_ARTEFACTS = [
    ("As each file tells", AUTO),
    ("None", "clean"),
    ("Faint ones", "faint"),
    ("Light ones", "light"),
    ("Heavy ones", "heavy"),
]

_LOOK = "() => { if (innerWidth < 700) document.querySelector('#upscale-status').scrollIntoView() }"
"""On a phone the results stand below all choices; a script for the browser."""

_NOW = "(...given) => [...given.slice(0, -1), performance.now()]"
"""Sends the moment of the click as the last input; a script for the browser."""

_WORDS = {"M3": "the fastest", "M5": "the usual choice", "XL": "the finest, and the slowest"}


class UpscaleTab:
    """The tab and what happens on it.

    Args:
        sessions: of the visitors.
        limits: of the page.
    """

    def __init__(self, sessions: Sessions, limits: Limits) -> None:
        self._sessions = sessions
        self._limits = limits
        with gr.Row():
            with gr.Column(scale=1, min_width=280):
                self._choices()
            with gr.Column(scale=2, min_width=320):
                self._results = Results()
                self._results.status.value = said(_HINT)
        self._connect()

    def _choices(self) -> None:
        limits = self._limits
        self._files = file_field(
            label=f"Photographs, up to {limits.max_files} of {limits.max_file_megabytes:g} MB",
            file_count="multiple",
            height=160,
            elem_id="upscale-files",
        )
        self._scale = gr.Radio(_SCALES, value=2.0, label="How much larger")
        self._model = gr.Dropdown(_models(), value="M5", label="Network")
        self._artefacts = gr.Radio(
            _ARTEFACTS, value=AUTO, label="Traces of JPEG compression to remove"
        )
        self._format = gr.Dropdown(_formats(), value="", label="Save as")
        with gr.Row():
            self._start = gr.Button("Upscale", variant="primary", elem_id="upscale-start")
            self._cancel = gr.Button("Cancel", elem_id="upscale-cancel")
        self._at = gr.Number(0, visible=False)

    def _connect(self) -> None:
        outputs = self._results.outputs
        choices = [self._files, self._model, self._scale, self._artefacts, self._format]
        queued: dict[str, Any] = {
            "fn": self._run,
            "inputs": [*choices, self._at],
            "js": _NOW,
            "outputs": outputs,
            "concurrency_id": "upscale",
            "concurrency_limit": 2,
            "show_progress": "minimal",
            "show_progress_on": [self._results.status],
            "api_visibility": "private",
        }
        jobs = [self._files.upload(**queued), self._start.click(**queued)]
        self._files.upload(None, js=_LOOK)
        at_once: dict[str, Any] = {
            "inputs": self._at,
            "js": _NOW,
            "queue": False,
            "api_visibility": "private",
            "cancels": jobs,
        }
        self._cancel.click(self._stop, outputs=self._results.status, **at_once)
        self._files.clear(self._clear, outputs=outputs, **at_once)

    def _run(
        self,
        files: list[Sent],
        model: str,
        scale: float,
        artefacts: str,
        kind: str,
        at: float | None,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """Enlarge what was dropped, and show it."""
        session = self._sessions.of(request.session_hash, "upscale")
        stop = session.begin(at or 0.0)
        wish = Wish(str(model), float(scale), str(artefacts), str(kind) or None)
        try:
            yield from self._enlarge(session, files, wish, stop)
        except CancelledError:
            return
        except SesrError as error:
            line = session.without_folders(str(error))
            log(line)
            yield self._results.message(said(line, "bad"))

    def _enlarge(
        self, session: Session, files: list[Sent], wish: Wish, stop: threading.Event
    ) -> Iterator[tuple[Any, ...]]:
        try:
            self._limits.check_count(len(files))
        except UsageError:
            session.refuse(files)
            raise
        photographs, failures = self._usable(session, files, wish)
        folder = session.new_folder("results")
        pairs: list[tuple[Path, Path]] = []
        if photographs:
            limits = self._limits
            job = Enlarging(
                photographs, folder, wish, limits.max_megapixels, stop, limits.max_minutes * 60
            )
            for told in job.run():
                session.touch()
                if isinstance(told, Interim):
                    yield self._results.message(bar(told))
                elif told.status == "ok" and told.job.target and told.job.image.path:
                    pairs.append((told.job.image.path, told.job.target))
                else:
                    failures.append(session.without_folders(told.error))
        for line in failures:
            log(line)
        command = wish.command([photograph.name for photograph, _ in pairs])
        pictures = session.new_folder("pictures")
        yield self._results.shown(Made(tuple(pairs), pictures, tuple(failures), tuple(command)))

    def _usable(
        self, session: Session, files: Sequence[Sent], wish: Wish
    ) -> tuple[list[Path], list[str]]:
        """The files that can be enlarged, and what is wrong with the others."""
        usable: list[Path] = []
        failures: list[str] = []
        for sent in files:
            try:
                (path,) = session.take([sent])
                self._limits.check_photograph(path, wish.scale)
                usable.append(path)
            except SesrError as error:
                failures.append(session.without_folders(str(error)))
        return usable, failures

    def _stop(self, at: float | None, request: gr.Request) -> Any:
        """The visitor wants no more of it."""
        session = self._sessions.of(request.session_hash, "upscale")
        if session.outlives(at or 0.0):
            return gr.skip()
        session.stop.set()
        return said("Cancelled. Nothing of it was kept.")

    def _clear(self, at: float | None, request: gr.Request) -> tuple[Any, ...]:
        """The visitor took the photographs away."""
        if self._sessions.of(request.session_hash, "upscale").outlives(at or 0.0):
            return (gr.skip(),) * len(self._results.outputs)
        self._sessions.end(request.session_hash, "upscale")
        return self._results.hidden(said(_HINT))


def _models() -> list[tuple[str, str]]:
    """The networks as people see them, and their names."""
    found: dict[str, str] = {}
    for model in shipped_models():
        card = model.card
        words = _WORDS.get(card.variant, f"{card.parameters / 1000:.0f} thousand weights")
        found.setdefault(card.variant, f"{card.spec.full_name}: {words}")
    return [(text, name) for name, text in found.items()]


def _formats() -> list[tuple[str, str]]:
    """The formats that can be written here; the first keeps that of each file."""
    able = [kind for kind in FORMATS if not kind.package or find_spec(kind.package)]
    return [("What the photograph is", ""), *((kind.name.upper(), kind.name) for kind in able)]

"""The tab that brings a network to a board."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from sesr.catalog.sesr import SCALES
from sesr.catalog.shipped import shipped_models
from sesr.errors import SesrError, UsageError
from sesr.export.c99.core import CORES
from sesr.export.npu.target import ACCELERATORS
from sesr.export.npu.vela import vela_version
from sesr_app.web.framework import log
from sesr_app.web.limits import Limits
from sesr_app.web.names import as_html, as_typed
from sesr_app.web.sessions import Session, Sessions
from sesr_app.web.tabs.messages import bar, said
from sesr_app.web.work.child import Child
from sesr_app.web.work.exporting import ExportRow, ExportWish, export_for_page
from sesr_app.web.work.interim import CancelledError, Interim

_TILES = ("32x32", "64x64", "96x96", "128x128")
_MOST_TARGETS = 6
_TITLES = ("Target", "Tile", "Cycles", "Milliseconds", "SRAM or RAM, KiB")


class ExportTab:
    """The tab and what happens on it.

    Args:
        sessions: of the visitors.
        limits: of the page.
        child: does the work.
    """

    def __init__(self, sessions: Sessions, limits: Limits, child: Child) -> None:
        self._sessions = sessions
        self._limits = limits
        self._child = child
        with gr.Row():
            with gr.Column(scale=1, min_width=280):
                self._choices()
            with gr.Column(scale=2, min_width=320):
                self._status = gr.HTML(_first_words(), elem_id="export-status")
                self._table = gr.HTML(elem_id="export-table")
                self._file = gr.DownloadButton(
                    "Download the folder as a zip", visible=False, elem_id="export-zip"
                )
                self._command = gr.Textbox(
                    label="The command line that does the same",
                    interactive=False,
                    visible=False,
                    buttons=["copy"],
                    elem_id="export-command",
                )
        self._connect()

    def _choices(self) -> None:
        self._model = gr.Dropdown(_networks(), value="M5", label="Network")
        self._scale = gr.Radio(
            [(f"{scale} x", scale) for scale in SCALES], value=2, label="How much larger"
        )
        self._tile = gr.Dropdown(
            list(_TILES), value="64x64", allow_custom_value=True, label="Pixels at a time"
        )
        self._targets = gr.Dropdown(
            [*ACCELERATORS, *CORES],
            value=["ethos-u55-128"],
            multiselect=True,
            max_choices=_MOST_TARGETS,
            label="Targets: Arm's NPUs, and boards without one",
        )
        with gr.Row():
            self._start = gr.Button("Export", variant="primary", elem_id="export-start")
            self._cancel = gr.Button("Cancel", elem_id="export-cancel")

    def _connect(self) -> None:
        job = self._start.click(
            self._run,
            [self._model, self._scale, self._tile, self._targets],
            [self._status, self._table, self._file, self._command],
            concurrency_id="child",
            concurrency_limit=1,
            show_progress="minimal",
            show_progress_on=[self._status],
            api_visibility="private",
        )
        self._cancel.click(
            self._stop, None, self._status, cancels=[job], queue=False, api_visibility="private"
        )

    def _run(
        self, model: str, scale: int, tile: str, targets: list[str], request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Export to one target after the other; a row appears as each is done."""
        session = self._sessions.of(request.session_hash, "export")
        wishes = [ExportWish(model, scale, tile, target) for target in targets[:_MOST_TARGETS]]
        rows: list[ExportRow] = []
        try:
            if not wishes:
                raise UsageError("choose a target first")
            for told in self._work(session, wishes):
                if isinstance(told, Interim):
                    yield bar(told), gr.skip(), gr.skip(), gr.skip()
                else:
                    rows.append(told)
                    yield gr.skip(), _table(rows), gr.skip(), gr.skip()
            commands = "\n".join(as_typed(wish.command()) for wish in wishes)
            yield (
                said(f"Exported to {', '.join(row.target for row in rows)}.", "good"),
                _table(rows),
                gr.DownloadButton(value=_pack(rows), visible=True),
                gr.Textbox(commands, lines=len(wishes), visible=True),
            )
        except CancelledError:
            return
        except SesrError as error:
            line = session.without_folders(str(error))
            log(line)
            yield said(line, "bad"), gr.skip(), gr.skip(), gr.skip()

    def _work(self, session: Session, wishes: Sequence[ExportWish]) -> Iterator[Any]:
        stop, place = session.begin(), session.new_folder("exports")
        for wish in wishes:
            session.touch()
            yield from self._child.run(
                export_for_page, (wish, place), stop, self._limits.max_minutes * 60
            )

    def _stop(self, request: gr.Request) -> str:
        self._sessions.of(request.session_hash, "export").stop.set()
        return said("Cancelled. Nothing of it was kept.")


def _first_words() -> str:
    try:
        vela_version()
    except UsageError as error:
        return said(f"{error}. Boards without an NPU need nothing more.", "bad")
    return said("Choose where the network is to run; each target takes about half a minute.")


def _networks() -> list[tuple[str, str]]:
    """The networks of Y as people see them, and their names."""
    found: dict[str, str] = {}
    for model in shipped_models():
        if model.card.channels == 1:
            found.setdefault(model.card.variant, model.card.spec.full_name)
    return [(text, name) for name, text in found.items()]


def _table(rows: Sequence[ExportRow]) -> str:
    head = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td>{as_html(value)}</td>"
            for value in (row.target, row.tile, row.cycles, row.milliseconds, row.memory)
        )
        + "</tr>"
        for row in rows
    )
    return f'<table class="sesr-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _pack(rows: Sequence[ExportRow]) -> str:
    """The archive of one export, or one that holds all."""
    if len(rows) == 1:
        return str(rows[0].archive)
    path = rows[0].archive.with_name("sesr-exports.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for row in rows:
            archive.write(row.archive, row.archive.name)
    return str(path)

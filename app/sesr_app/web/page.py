"""The page: its tabs, its looks, and the server that it comes from."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from defense.classifiers import find_weights
from sesr_app.web.address import Address
from sesr_app.web.guard import Guard
from sesr_app.web.limits import Limits
from sesr_app.web.looks import CSS, HEAD, theme
from sesr_app.web.sessions import Sessions
from sesr_app.web.tabs.defend import DefendTab
from sesr_app.web.tabs.export import ExportTab
from sesr_app.web.tabs.models import ModelsTab
from sesr_app.web.tabs.upscale import UpscaleTab
from sesr_app.web.work.child import Child

_LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")


class Page:
    """The page of `sesr web`.

    Args:
        folder: of the files of all visitors.
        limits: what each may ask for.
        weights: folder with weights of known classifiers.
    """

    def __init__(self, folder: Path, limits: Limits, weights: Path | None = None) -> None:
        self._limits = limits
        self._child = Child(limits.max_memory_gigabytes, folder)
        self.sessions = Sessions(folder, limits.keep_minutes * 60)
        with gr.Blocks(title="SESR", analytics_enabled=False) as self._blocks:
            gr.Markdown("# SESR\nSuper resolution on this machine: photographs stay here.")
            with gr.Tabs():
                with gr.Tab("Upscale", id="upscale"):
                    UpscaleTab(self.sessions, limits)
                with gr.Tab("Defend", id="defend"):
                    DefendTab(self.sessions, limits, self._child, find_weights(_places(weights)))
                with gr.Tab("Export", id="export"):
                    ExportTab(self.sessions, limits, self._child)
                with gr.Tab("Models", id="models"):
                    ModelsTab()
            self._blocks.unload(self._leave)
        self._blocks.queue(max_size=limits.max_waiting, api_open=False)

    def serve(self, address: Address) -> str:
        """Serve it in threads of its own.

        Returns:
            Its address for a browser.
        """
        guard = Middleware(
            Guard, hosts=_LOCAL_NAMES if address.local else None, has_room=self._has_room
        )
        _, url, _ = self._blocks.launch(
            server_name=address.host,
            server_port=address.port,
            auth=_checker(address.password) if address.password else None,
            auth_message="Any name, and the password that you were given.",
            inbrowser=address.open,
            app_kwargs={"middleware": [guard]},
            max_file_size=round(self._limits.max_file_megabytes * 1e6),
            theme=theme(),
            css=CSS,
            head=HEAD,
            share=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            run_history=False,
            enable_monitoring=False,
            footer_links=[],
            quiet=True,
            prevent_thread_lock=True,
        )
        return str(url)

    def close(self) -> None:
        """Stop serving."""
        self._child.close()
        self._blocks.close(verbose=False)

    def _leave(self, request: gr.Request) -> None:
        """A visitor closed his tab."""
        self.sessions.end(request.session_hash)

    def _has_room(self) -> bool:
        return self.sessions.used_bytes() < self._limits.max_disk_gigabytes * 1e9


def _places(weights: Path | None) -> list[Path]:
    """Where weights of classifiers may lie: as told, with the test data, or as Keras keeps them."""
    given = [weights] if weights else []
    data = os.environ.get("SESR_DATA")
    data_folder = [Path(data) / "classifiers"] if data else []
    return [*given, *data_folder, Path.home() / ".keras" / "models"]


def _checker(password: str) -> Callable[[str, str], bool]:
    def check(name: str, given: str) -> bool:
        right = hmac.compare_digest(given.encode(), password.encode())
        if not right:
            # Who tries many gets tired.
            time.sleep(1)
        return right

    return check

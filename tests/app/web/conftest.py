"""The page, served by the command, and a browser to look at it with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from served import Served, serve

pytest.importorskip("gradio", reason="the page needs Gradio: pip install '.[web]'")

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`sesr web` with limits that tests can reach."""
    limits = ("--max-files=5", "--max-megapixels=5", "--max-file-megabytes=2.5")
    with serve(tmp_path_factory.mktemp("web"), *limits) as page:
        yield page


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, as the system has it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright")
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("there is no Chromium; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield chromium
        chromium.close()

"""The page, served by the command, and a browser to look at it with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from photos import make_photo
from served import Served, Visit, Visitor, serve, wait_until

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


@pytest.fixture
def visit(browser: Any, served: Served) -> Iterator[Visit]:
    """Open the page in a window of its own; afterwards nothing is left of anybody."""
    windows = []

    def open_page(**options: Any) -> Visitor:
        windows.append(browser.new_context(**options))
        return Visitor(windows[-1].new_page(), served.url)

    yield open_page
    for window in windows:
        window.close()
    wait_until(lambda: not served.files(), f"files are left: {served.files()}")


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "my photo's.jpg"
    exif = Image.Exif()
    exif[0x010E] = "a test"
    Image.fromarray(make_photo(200, 300)).save(path, quality=97, exif=exif)
    return path

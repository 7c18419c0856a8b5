"""The page, served by the command, and a browser to look at it with."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="the page needs Gradio: pip install '.[web]'")

SECONDS = 120.0
"""For what takes two on a quiet machine."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@dataclass(frozen=True)
class Served:
    """A page that is being served.

    Attributes:
        url: of it.
        process: of the command.
        log: what it wrote to the standard error.
        temporary: folder of its temporary files.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    temporary: Path

    def lines(self) -> list[str]:
        """The log but for the first line, which tells the address."""
        return self.log.read_text().splitlines()[1:]

    def files(self) -> list[str]:
        """What there is of visitors."""
        found = [path for path in self.temporary.rglob("*") if path.is_file()]
        return [str(path.relative_to(self.temporary)) for path in found]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`sesr web` with limits that tests can reach."""
    folder = tmp_path_factory.mktemp("web")
    temporary, log = folder / "tmp", folder / "log"
    temporary.mkdir()
    options = ("--max-files", "5", "--max-megapixels", "5", "--max-result-megapixels", "40")
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "sesr_app", "web", *options],
            stderr=stream,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
    try:
        yield Served(wait_for_address(process, log), process, log, temporary)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)
    assert list(temporary.iterdir()) == []


def wait_for_address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the command tells."""
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        if found := re.search(r"sesr web: (http\S+) is open", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
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

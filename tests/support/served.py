"""A page that is being served, and a visitor in a browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 120.0
"""For what takes two on a quiet machine."""


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
        """What there is of visitors; a process that works keeps files of its own while it lives."""
        # Folders that go away meanwhile are no failure to `os.walk`.
        return [
            str(Path(folder, name).relative_to(self.temporary))
            for folder, _, names in os.walk(self.temporary)
            for name in names
            if not Path(folder).name.startswith("work-")
        ]


@contextmanager
def serve(folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Run `sesr web`, and see that it leaves nothing behind.

    Args:
        folder: for its log and its temporary files.
        options: of the command.
        environment: variables for it.
    """
    temporary, log = folder / "tmp", folder / "log"
    temporary.mkdir()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "sesr_app", "web", *options],
            stderr=stream,
            env={**os.environ, "TMPDIR": str(temporary), **environment},
        )
    try:
        yield Served(_address(process, log), process, log, temporary)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)
    assert list(temporary.iterdir()) == []


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the command tells."""
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        if found := re.search(r"sesr web: (http\S+) is open", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Wait for what happens in another process."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Visitor:
    """Somebody who opened the page.

    Args:
        page: of Playwright.
        url: of the page.

    Attributes:
        asked: every address that the browser asked for.
        errors: what it complained about.
    """

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.set_default_timeout(SECONDS * 1000)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(f"dialog {dialog.message}"))
        page.goto(url)
        page.locator("#upscale-start").wait_for()

    def drop(self, files: Sequence[Path] | Sequence[dict[str, Any]] | Path) -> None:
        """Put files onto the tab that upscales."""
        self.page.locator("#upscale-files input[type=file]").set_input_files(files)

    def clear(self) -> None:
        """Take the files away, and wait until the page has done so."""
        self.page.locator("#upscale-files button[aria-label=Clear]").click()
        self.page.get_by_text("Drop photographs, and they are enlarged").wait_for()

    def status(self, kind: str = "good") -> str:
        """The message of this kind, when it is there."""
        found = self.page.locator(f"#upscale-status .sesr-{kind}").first
        found.wait_for()
        return str(self.page.locator("#upscale-status").inner_text())

    def download(self, name: str) -> bytes:
        """A result that is offered."""
        with self.page.expect_download() as waiting:
            self.page.locator(f'#upscale-results a[download="{name}"]').click()
        assert waiting.value.suggested_filename == name
        return Path(waiting.value.path()).read_bytes()

    def command(self) -> str:
        """The command line that the page shows."""
        return str(self.page.locator("#upscale-command textarea").input_value())


Visit = Callable[..., Visitor]
"""Opens the page for somebody; options are those of a browser's window."""

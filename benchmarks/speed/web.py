"""Measure the page of `sesr web` in a browser, and what many uploads leave behind.

    python benchmarks/speed/web.py [PHOTOGRAPH] [--uploads 100] [--shots docs/images]

Prints JSON: seconds until the page is ready, bytes of all that it asked for but the photographs,
seconds from the drop of a photograph of 512x512 until the browser has received its result and until
it shows it, beside those of the whole command, the processor's time of both (that of the page
without the browser's), and the memory and files that many uploads in a row leave behind. Page and
command take turns, so that a busy machine slows both. With --shots it takes the pictures of the
page for the documentation instead, for which a classifier needs its --weights. Needs Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sample import SAMPLE

SIDE = 512
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 300_000
"""Milliseconds."""


@dataclass(frozen=True)
class Served:
    """`sesr web` while it runs: its process, its address, the folder of all its files.

    Upscaling has no processes of its own, so that its process is all there is to measure.
    """

    process: subprocess.Popen[str]
    url: str
    folder: Path

    @property
    def megabytes(self) -> float:
        """Of memory that the process holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    @property
    def cpu_seconds(self) -> float:
        """That the process has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def files(self) -> int:
        """How many lie in its folder."""
        return sum(path.is_file() for path in self.folder.rglob("*"))


def main() -> None:
    """Parse the command line, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--uploads", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5, help="of what is timed; the median counts")
    parser.add_argument("--shots", type=Path, help="folder for pictures of the page")
    parser.add_argument("--weights", type=Path, help="folder with weights of classifiers")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, serve(Path(place), arguments.weights) as served:
        with opened(served.url) as (page, weight):
            if arguments.shots:
                take_pictures(page, arguments.photograph, arguments.shots)
                return
            photograph = cut(arguments.photograph, Path(place))
            found = measure(page, served, photograph, arguments.runs, weight)
            found["uploads"] = repeat(page, served, photograph, arguments.uploads)
        while served.files:
            time.sleep(0.1)
        found["uploads"]["files_left"] = served.files
    print(json.dumps(found, indent=2))


@contextmanager
def serve(place: Path, weights: Path | None) -> Iterator[Served]:
    """Run the command."""
    folder = place / "files"
    folder.mkdir()
    options = ["--weights", str(weights)] if weights else []
    process = subprocess.Popen(
        [sys.executable, "-m", "sesr_app", "web", *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        line = process.stderr.readline() if process.stderr else ""
        yield Served(process, line.split()[2], folder)
    finally:
        process.terminate()
        process.wait()


class Weight:
    """What a page asked for, but for photographs: it counts what comes over the line."""

    def __init__(self, page: Page) -> None:
        self.bytes, self.requests = 0, 0
        self._photographs: set[str] = set()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._begun)
        session.on("Network.loadingFinished", self._finished)

    def _begun(self, event: dict[str, Any]) -> None:
        self.requests += 1
        if "/file=" in event["response"]["url"]:
            self._photographs.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._photographs:
            self.bytes += round(event["encodedDataLength"])


@contextmanager
def opened(url: str) -> Iterator[tuple[Page, Weight]]:
    """The page in a browser, ready, and what it asks for."""
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        weight = Weight(page)
        page.goto(url)
        page.locator("#upscale-start").wait_for()
        yield page, weight
        browser.close()


def cut(photograph: Path, folder: Path) -> Path:
    """A square of the middle, as a lossless file."""
    with Image.open(photograph) as image:
        left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
        square = image.convert("RGB").crop((left, top, left + SIDE, top + SIDE))
    path = folder / "photograph.png"
    square.save(path)
    return path


def measure(
    page: Page, served: Served, photograph: Path, runs: int, weight: Weight
) -> dict[str, Any]:
    """What the page needs, and what an upload needs beside the command."""
    ready = page.evaluate("performance.now()") / 1000
    first = upload(page, photograph).shown
    own = {"page_bytes": weight.bytes, "requests": weight.requests}
    pages, commands = [], []
    for _ in range(runs):
        pages.append(timed_upload(page, served, photograph))
        commands.append(timed_command(photograph))
    turns = list(zip(pages, commands, strict=True))
    return {
        "page_ready_s": round(ready, 2),
        **own,
        "first_photograph_shown_s": round(first, 2),
        "photograph_received_s": round(median(one.received for one, _ in pages), 2),
        "photograph_shown_s": round(median(one.shown for one, _ in pages), 2),
        "command_s": round(median(seconds for seconds, _ in commands), 2),
        "received_to_command": round(median(p[0].received / c[0] for p, c in turns), 2),
        "shown_to_command": round(median(p[0].shown / c[0] for p, c in turns), 2),
        "server_cpu_s": round(median(cpu for _, cpu in pages), 3),
        "command_cpu_s": round(median(cpu for _, cpu in commands), 3),
    }


def timed_upload(page: Page, served: Served, photograph: Path) -> tuple[Dropped, float]:
    """A photograph through the page, and seconds of the processor in the server."""
    clear(page)
    before = served.cpu_seconds
    dropped = drop(page, photograph)
    return dropped, served.cpu_seconds - before


class Dropped(NamedTuple):
    """Seconds from the drop until the browser has its result, and until it shows it."""

    received: float
    shown: float


def upload(page: Page, photograph: Path) -> Dropped:
    """A photograph in place of the one before."""
    clear(page)
    return drop(page, photograph)


def clear(page: Page) -> None:
    """Take away what was dropped before."""
    button = page.locator("#upscale-files button[aria-label=Clear]")
    if button.count():
        button.click()
        page.locator("#upscale-files input[type=file]").wait_for(state="attached")
        page.locator("#upscale-whole").wait_for(state="hidden")


def drop(page: Page, photograph: Path) -> Dropped:
    """A photograph onto the empty page."""
    page.evaluate("performance.clearResourceTimings()")
    before = page.evaluate("performance.now()")
    began = time.perf_counter()
    page.locator("#upscale-files input[type=file]").first.set_input_files(photograph)
    page.locator("#upscale-whole img").nth(1).wait_for()
    loaded = "() => [...document.querySelectorAll('#upscale-whole img')].every(one => one.complete)"
    page.wait_for_function(loaded)
    shown = time.perf_counter() - began
    ends = page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.name.includes('/file='))"
        ".map(one => one.responseEnd)"
    )
    return Dropped((max(ends) - before) / 1000, shown)


def timed_command(photograph: Path) -> tuple[float, float]:
    """The same photograph by the command; seconds, and those of the processor."""
    command = [sys.executable, "-m", "sesr_app", "upscale", str(photograph), "--overwrite"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def repeat(page: Page, served: Served, photograph: Path, uploads: int) -> dict[str, Any]:
    """Memory before and after so many uploads in a row."""
    before = served.megabytes
    for _ in range(uploads):
        upload(page, photograph)
    after = served.megabytes
    return {
        "count": uploads,
        "megabytes_before": round(before),
        "megabytes_after": round(after),
        "files_while_open": served.files,
    }


def take_pictures(page: Page, photograph: Path, folder: Path) -> None:
    """The tabs with something on them, and the page on a phone in the dark."""
    folder.mkdir(parents=True, exist_ok=True)
    upload(page, photograph)
    save(page, folder / "web_upscale.webp")
    page.get_by_role("tab", name="Defend").click()
    page.locator("#defend-photograph input[type=file]").set_input_files(photograph)
    page.get_by_label("knows both (adaptive)").check()
    page.locator("#defend-photograph button[aria-label=Clear]").wait_for()
    page.locator("#defend-start").click()
    page.locator("#defend-status .sesr-good, #defend-status .sesr-bad").wait_for()
    if not page.locator("img[src*='/attack/']").count():
        raise SystemExit(f"Defend has no result: {page.locator('#defend-status').inner_text()}")
    save(page, folder / "web_defend.webp")
    page.get_by_role("tab", name="Export").click()
    page.locator("#export-start").click()
    page.locator("#export-zip").wait_for()
    save(page, folder / "web_export.webp")
    page.get_by_role("tab", name="Models").click()
    page.locator("a[href='#card-m5_x2_y']").click()
    save(page, folder / "web_models.webp")
    page.get_by_role("tab", name="Upscale").click()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.locator("#upscale-start").wait_for()
    drop(page, photograph)
    page.locator("#upscale-whole").scroll_into_view_if_needed()
    save(page, folder / "web_phone.webp")


def save(page: Page, path: Path) -> None:
    """What is seen of the page, as a small file."""
    # Parts of the page fade in.
    page.wait_for_timeout(1500)
    picture = path.with_suffix(".png")
    page.screenshot(path=picture)
    with Image.open(picture) as image:
        image.convert("RGB").save(path, quality=80, method=6)
    picture.unlink()
    print(f"wrote {path}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

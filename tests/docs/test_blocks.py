"""Every block of code in the pages runs, in a folder with what a reader has at hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import ROOT, fill

DOCS = ROOT / "docs"

NOT_RUN = "Not run by the tests"
"""How the title of a block begins that is left out; a colon and the reason follow."""

LEFT_OUT = {
    "start.md": 1,
    "boards.md": 1,
    "guides/train.md": 1,
    "guides/defense.md": 2,
    "guides/board.md": 1,
    "guides/cluster.md": 4,
    "guides/web.md": 2,
    "guides/sweeps.md": 4,
}
"""How many such blocks a page has: what installs, trains for long or downloads."""

PROGRAMS = {"guides/board.md": "cc"}
"""What a page needs besides this project."""

_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]*)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code in a page: `text` is what the block before it prints."""

    language: str
    title: str
    code: str

    @property
    def runs(self) -> bool:
        return not self.title.startswith(NOT_RUN)


def blocks_of(page: Path) -> list[Block]:
    content = page.read_text()
    found = [Block(*match) for match in _BLOCK.findall(content)]
    assert 2 * len(found) == content.count("```"), f"{page}: a block has another form"
    return found


PAGES = {
    path.relative_to(DOCS).as_posix(): blocks
    for path in sorted(DOCS.rglob("*.md"))
    if (blocks := blocks_of(path))
}


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    fill(folder)
    return folder


@pytest.fixture(name="here")
def _here(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the reader's folder, where the work is done."""
    here = tmp_path / "here"
    shutil.copytree(filled, here)
    monkeypatch.chdir(here)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sesr").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sesr_app "$@"\n')
    (programs / "sesr").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return here


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are written for a POSIX shell")
@pytest.mark.parametrize("page", PAGES)
def test_its_blocks_run(page: str, here: Path) -> None:
    """In their order and in one folder, so that one block can use what another made."""
    if (program := PROGRAMS.get(page)) and shutil.which(program) is None:
        pytest.skip(f"{page} needs {program}")
    printed = ""
    for block in (block for block in PAGES[page] if block.runs):
        if block.language == "text":
            assert printed == block.code, block.code
        else:
            printed = run(block, here)


def run(block: Block, here: Path) -> str:
    """Run a block; what it prints."""
    if block.language == "sh":
        return run_in_shell(block.code, here)
    if block.language == "python":
        exec(block.code, {})  # noqa: S102 - our own text
        return ""
    assert block.title, f"a block of {block.language} needs a file to go to"
    (here / block.title).write_text(block.code)
    return ""


def run_in_shell(code: str, here: Path) -> str:
    done = subprocess.run(
        ["sh", "-e", "-c", code], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_few_blocks_are_left_out_and_each_says_why() -> None:
    left = [(page, block) for page, found in PAGES.items() for block in found if not block.runs]
    assert Counter(page for page, _ in left) == LEFT_OUT
    for page, block in left:
        reason = block.title.removeprefix(f"{NOT_RUN}").partition(": ")[2]
        assert len(reason.split()) > 3, f"{page}: {block.title}"


def test_most_blocks_run() -> None:
    assert sum(block.runs for found in PAGES.values() for block in found) > 25

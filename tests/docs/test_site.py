"""The site builds without a warning, has no dead link, and loads nothing from another host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest

import defense
import sesr
from pages import Seen, read_page
from sesr.catalog.shipped import shipped_models
from sesr_app.commands import COMMANDS, app

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    find_spec("mkdocs") is None, reason='MkDocs is not installed: pip install ".[docs]"'
)

HOSTS = {"arxiv.org"}
"""Where links of the site lead that leave it."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    # Material tells about other projects on every run.
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Seen]:
    """Every page, by its path in the site."""
    # The page for what is not found knows no place of its own.
    found = [path for path in sorted(site.rglob("*.html")) if path.name != "404.html"]
    return {path.relative_to(site): read_page(path.read_text(), strict=False) for path in found}


def test_every_page_is_there(pages: dict[Path, Seen]) -> None:
    names = {path.as_posix() for path in pages}
    assert {"index.html", "start.html", "how-it-works.html", "experiments.html"} <= names
    assert sum(name.startswith("guides/") for name in names) == 8
    assert {f"reference/commands/{name}.html" for name in COMMANDS} <= names


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[Path, Seen]) -> None:
    for path, seen in pages.items():
        for address in seen.loaded:
            assert not urlsplit(address).netloc, f"{path}: {address}"
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", seen.code), path
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", sheet.read_text()), sheet


def test_the_theme_has_no_cause_to_load_anything(pages: dict[Path, Seen], site: Path) -> None:
    """Its script asks other hosts for diagrams and for the stars of a repository only."""
    for path in pages:
        content = (site / path).read_text()
        assert 'class="mermaid"' not in content
        assert 'data-md-component="source"' not in content
        assert "fonts.g" not in content


def test_no_link_is_dead(site: Path, pages: dict[Path, Seen]) -> None:
    count = 0
    for path, seen in pages.items():
        for address in seen.links:
            parts = urlsplit(address)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)) if parts.path else path
            target = Path(os.path.normpath(target))
            target = target / "index.html" if (site / target).is_dir() else target
            assert (site / target).is_file(), f"{path}: {address}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].anchors, f"{path}: {address}"
            count += 1
    assert count > 500


def test_links_that_leave_the_site_are_known(pages: dict[Path, Seen]) -> None:
    found = {urlsplit(a) for seen in pages.values() for a in seen.links if urlsplit(a).netloc}
    assert {address.scheme for address in found} == {"https"}
    assert {address.netloc for address in found} == HOSTS


def test_figures_of_networks_are_those_of_their_cards(pages: dict[Path, Seen]) -> None:
    cells = pages[Path("figures/quality.html")].cells
    for model in shipped_models():
        row = cells[cells.index(model.card.full_title) :]
        for cell, name in zip(row[2:], ("Set5", "Set14", "BSD100"), strict=False):
            scores = model.card.benchmarks[name]
            assert cell == f"{scores['psnr']:.2f} / {scores['ssim']:.4f}"


def test_the_readme_has_the_figures_of_the_site(pages: dict[Path, Seen]) -> None:
    """It shows some of its tables; a figure that changes there changes here."""
    known = {cell.strip() for seen in pages.values() for cell in seen.cells}
    rows = re.findall(r"^\| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    cells = {cell.strip("* |") for row in rows for cell in row.split(" | ")}
    figures = {cell for cell in cells if re.match(r"[\d.,]+(?: |$)", cell)}
    assert len(figures) > 100
    assert figures <= known, figures - known


def test_limits_are_those_of_the_readme(pages: dict[Path, Seen]) -> None:
    section = (ROOT / "README.md").read_text().partition("\n## What it does not do\n")[2]
    limits = re.findall(r"^- (\w+(?: \w+)+)", section.partition("\n## ")[0], re.MULTILINE)
    assert len(limits) > 5
    for limit in limits:
        assert limit in pages[Path("index.html")].text


def test_every_option_is_in_the_reference(pages: dict[Path, Seen]) -> None:
    for name in COMMANDS:
        text = pages[Path(f"reference/commands/{name}.html")].text
        command = app.get_command(click.Context(app), name)
        assert command is not None
        inner = list(command.commands.values()) if isinstance(command, click.Group) else []
        for one in (command, *inner):
            for option in (o for p in one.params if isinstance(p, click.Option) for o in p.opts):
                assert option in text, f"{name}: {option}"


def test_every_public_name_is_in_the_reference(pages: dict[Path, Seen]) -> None:
    for module, path in ((sesr, "sesr"), (defense, "defense")):
        seen = pages[Path(f"reference/python/{path}.html")]
        for name in module.__all__:
            if not name.startswith("_"):
                assert f"{module.__name__}.{name}" in seen.anchors, name
    # Sections with habits of this project's docstrings are sections here too.
    assert "Examples:" in pages[Path("reference/python/sesr.html")].text


def test_a_table_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module
    from types import SimpleNamespace

    from mkdocs.exceptions import PluginError

    monkeypatch.syspath_prepend(str(ROOT / "docs" / "generate"))
    hooks = import_module("hooks")
    page = SimpleNamespace(file=SimpleNamespace(src_path="a.md"))
    with pytest.raises(PluginError, match=r"a\.md: nothing is generated as 'quantity'"):
        hooks.on_page_markdown("<!-- generated: quantity -->", page)


def test_docstrings_are_read_with_their_habits(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    monkeypatch.syspath_prepend(str(ROOT / "docs" / "generate"))
    as_google = import_module("docstrings").as_google
    text = "Args:\n    a, b: first\n        and second.\n    c: third.\n\nExample:\n    >>> 1\n"
    assert as_google(text) == (
        "Args:\n    a: first\n        and second.\n    b: first\n        and second.\n"
        "    c: third.\n\nExamples:\n    >>> 1\n"
    )

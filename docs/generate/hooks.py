"""What MkDocs asks for while it builds the site: pages and tables that are made, not written."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from card_tables import TABLES
from command_reference import command_navigation, command_pages
from drawing import DRAWINGS
from python_reference import api_navigation, api_pages

_ROOT = Path(__file__).parents[2]

_MARK = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)
"""Where a table or a drawing goes."""


def limits() -> str:
    """What the README says under "What it does not do"; said once, shown twice."""
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    _, title, rest = text.partition("\n## What it does not do\n")
    if not title:
        raise PluginError("README.md: has no section 'What it does not do'")
    return rest.partition("\n## ")[0].strip()


def compressed() -> str:
    """The README's table of photographs that were saved as JPEG."""
    lines = (_ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| JPEG quality |"))
    return "\n".join(takewhile(lambda line: line.startswith("|"), lines[start:]))


_MADE = TABLES | DRAWINGS | {"compressed": compressed, "limits": limits}

_PICTURES = {
    f"images/{name}.png": _ROOT / "samples" / f"{name}.png"
    for name in ("comparison", "compressed", "quality")
}
"""Pictures of the site that lie elsewhere in the repository."""


def on_config(config: Any) -> Any:
    """Put the pages that are made into the menu."""
    _section(config.nav, "Commands").extend(command_navigation())
    _section(config.nav, "Python").extend(api_navigation())
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add pages and pictures to the files of the site."""
    for path, content in (command_pages() | api_pages()).items():
        files.append(File.generated(config, path, content=content))
    for path, source in _PICTURES.items():
        files.append(File.generated(config, path, abs_src_path=str(source)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Fill in tables and drawings.

    Raises:
        PluginError: a page calls for one that there is not.
    """
    return _MARK.sub(lambda match: _made(match[1], page.file.src_path), markdown)


def _made(name: str, page: str) -> str:
    if name not in _MADE:
        raise PluginError(f"{page}: nothing is generated as {name!r}; there are {sorted(_MADE)}")
    return _MADE[name]()


def _section(navigation: list[Any], title: str) -> list[Any]:
    """The list under a title of the menu, at any depth."""
    for entry in navigation:
        for name, inside in entry.items() if isinstance(entry, dict) else ():
            if name == title:
                return inside  # type: ignore[no-any-return]
            if isinstance(inside, list):
                try:
                    return _section(inside, title)
                except PluginError:
                    continue
    raise PluginError(f"mkdocs.yml: the menu has no section {title!r}")

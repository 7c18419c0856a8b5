"""C as text: templates, and numbers for arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template

_WIDTH = 100
"""Of a line."""


def repeat_line(indent: int, count: int, text: str) -> str:
    """A line several times, with its number for {0}."""
    return "\n".join(" " * indent + text.format(index) for index in range(count))


def array_text(values: Sequence[int]) -> str:
    """Numbers for an array, in lines of even length."""
    lines, line = [], "   "
    for value in values:
        if len(line) + len(str(value)) + 2 > _WIDTH:
            lines.append(line)
            line = "   "
        line += f" {value},"
    return "\n".join([*lines, line.rstrip(",")])


def template_file(name: str) -> Path:
    """A C file that comes with the package."""
    return Path(__file__).parent / "templates" / name


@cache
def _template(name: str) -> Template:
    return Template(template_file(name).read_text(encoding="utf-8"))


def fill(template: str, /, **values: object) -> str:
    """A template with values for its names."""
    return _template(template).substitute(values)

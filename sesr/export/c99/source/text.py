"""C as text: templates, and numbers for arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template

_WIDTH = 100
"""Of a line."""

_NO_EFFECT = (
    (re.compile(r"\b0 \* \w+"), "0"),
    (re.compile(r" [+-] (?:0|\(0\))(?=[\],;)])"), ""),
    (re.compile(r" \* 1(?=[\],;) ])"), ""),
    (re.compile(r"\b1 \* "), ""),
)
"""Operations that templates come to with numbers that happen to be 0 or 1, and what is left."""


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


def without_no_effect(code: str) -> str:
    """C without operations that do nothing, which MISRA calls dead code.

    Example:
        >>> without_no_effect("to[0 * step] = limit(w[k * 4 + 0] - 0, x * 1) + (0);")
        'to[0] = limit(w[k * 4], x);'
    """
    for pattern, rest in _NO_EFFECT:
        code = pattern.sub(rest, code)
    return code


def template_file(name: str) -> Path:
    """A C file that comes with the package."""
    return Path(__file__).parent / "templates" / name


@cache
def _template(name: str) -> Template:
    return Template(template_file(name).read_text(encoding="utf-8"))


def fill(template: str, /, **values: object) -> str:
    """A template with values for its names."""
    return _template(template).substitute(values)

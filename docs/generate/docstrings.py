"""How the docstrings of this project are read: as Google's, with two habits of their own.

"Example:" is a section as "Examples:" is, and "x, y: where it lies." describes two arguments.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_SEVERAL = re.compile(r"^( {4})(\w+(?:, \w+)+): (.*(?:\n {5,}.*)*)", re.MULTILINE)
"""Several names before one description, inside a section."""


class OwnHabits(griffe.Extension):
    """Rewrites docstrings before they are parsed."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for everything that has a docstring."""
        if obj.docstring is not None:
            obj.docstring.value = as_google(obj.docstring.value)


def as_google(text: str) -> str:
    """The same docstring as Google's parsers take it."""
    text = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
    return _SEVERAL.sub(_apart, text)


def _apart(match: re.Match[str]) -> str:
    indent, names, meaning = match.groups()
    return "\n".join(f"{indent}{name}: {meaning}" for name in names.split(", "))

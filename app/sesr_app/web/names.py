"""Names of files that strangers send, and how they are shown and typed."""

from __future__ import annotations

import html
import re
import shlex
from collections.abc import Collection
from pathlib import PurePosixPath

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff:*?\"<>|]")
"""Control characters, marks that turn the direction of the text, and what Windows and Gradio's
addresses have no room for."""

_LONGEST = 180
"""In bytes: what a result adds to a name still fits into the 255 of most file systems."""


def safe_name(sent: str) -> str:
    r"""The name of a file as it is kept: the last part of a path, without anything dangerous.

    Example:
        >>> safe_name("../../etc/pass\x1bwd.png"), safe_name("C:\\photos\\a b.JPG"), safe_name("..")
        ('passwd.png', 'a b.JPG', 'photo')
        >>> safe_name("<script>alert(1)<.png")
        'scriptalert(1).png'
    """
    name = _UNSAFE.sub("", re.split(r"[/\\]", sent)[-1]).strip().lstrip(".-")
    path = PurePosixPath(name or "photo")
    room = _LONGEST - len(path.suffix.encode()[:20])
    stem = path.stem.encode()[:room].decode(errors="ignore")
    return f"{stem}{path.suffix.encode()[:20].decode(errors='ignore')}"


def unused_name(name: str, taken: Collection[str]) -> str:
    """The same name, or one with a number where it is taken; the case of letters tells nothing.

    Example:
        >>> unused_name("a.png", {"b.png"}), unused_name("a.png", {"A.png", "a-2.png"})
        ('a.png', 'a-3.png')
    """
    used = {other.casefold() for other in taken}
    path = PurePosixPath(name)
    number = 2
    while name.casefold() in used:
        name = f"{path.stem}-{number}{path.suffix}"
        number += 1
    return name


def as_html(text: str) -> str:
    """Text that a browser shows as it is."""
    return html.escape(text, quote=True)


def as_typed(words: Collection[str]) -> str:
    """A command line for a POSIX shell.

    Example:
        >>> as_typed(["sesr", "upscale", "it's.png"])
        'sesr upscale \\'it\\'"\\'"\\'s.png\\''
    """
    return shlex.join(words)

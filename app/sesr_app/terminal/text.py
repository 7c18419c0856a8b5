"""Text about the command line, and text that is safe to print."""

from __future__ import annotations

import re
import shlex
import sys

_UNPRINTABLE = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\udc80-\udc9f]"
"""Control characters, among them the escape that commands a terminal, line breaks, marks that
turn the direction of the text, and bytes that are no text but would be control characters."""


def printable(text: str) -> str:
    r"""The same text on one line, with control characters written out.

    Example:
        >>> printable("a\nb\x1b[31m.png")
        'a\\nb\\x1b[31m.png'
    """
    # Most text is, and needs no pattern.
    return text if text.isprintable() else re.sub(_UNPRINTABLE, _escaped, text)


def command_line() -> str:
    """The command that is running, as it makes its report again."""
    return shlex.join(["sesr", *sys.argv[1:]])


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        # How Python holds a byte of a file name that is no text.
        return f"\\x{code - 0xDC00:02x}"
    return repr(match[0])[1:-1] if code < 0x100 else f"\\u{code:04x}"

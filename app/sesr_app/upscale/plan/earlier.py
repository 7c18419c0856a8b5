"""Results of earlier runs, which a second run over the same folder leaves alone.

A result is known by its name, which is what a run would have called it, and by either of two
things: the image that it was made from stands beside it, or it holds the mark that every result
in a format with notes gets, unless its notes are the input's own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from string import Formatter

from sesr_app.images import Format, Metadata
from sesr_app.upscale.plan.inputs import Found, InputImage, PassedOver
from sesr_app.upscale.plan.naming import Naming

MARK = "sesr upscale"
"""What stands as the software in the notes of a result."""

_TARGETS = r"x\d+(?:\.\d+)?|(?:w|h|max)\d+(?:_(?:h|max)\d+)*"
_NOTES_BYTES = 1 << 16
"""Notes stand within so much of the beginning or the end of a file."""

_SOFTWARE, _ASCII = 0x0131, 2


def marked(metadata: Metadata, kind: Format) -> Metadata:
    """The notes of a result, with the mark if its format and its own notes leave room for it."""
    if kind.name == "png":
        return metadata if metadata.text else replace(metadata, text=(("Software", MARK),))
    return metadata if metadata.exif or not kind.profile else replace(metadata, exif=_exif())


def has_mark(path: Path) -> bool:
    """Whether a file holds the mark; one that cannot be read does not."""
    try:
        with path.open("rb") as file:
            start = file.read(_NOTES_BYTES)
            if MARK.encode() in start or len(start) < _NOTES_BYTES:
                return MARK.encode() in start
            file.seek(max(_NOTES_BYTES, path.stat().st_size - _NOTES_BYTES))
            return MARK.encode() in file.read()
    except OSError:
        return False


def without_results(found: Found, naming: Naming) -> Found:
    """Leave out the results of earlier runs.

    An image that is given alone is taken, whatever it is: nobody can mean another.
    """
    if len(found.images) == 1 and found.images[0].root is None:
        return found
    known = set(_results(found.images, naming))
    reason = "a result of an earlier run; --again takes it too"
    left = [PassedOver(image.path, reason, "result") for image in found.images
            if image in known and image.path]  # fmt: skip
    images = [image for image in found.images if image not in known]
    return Found(images, [*found.passed_over, *left])


def _results(images: Iterable[InputImage], naming: Naming) -> Iterable[InputImage]:
    pattern = _pattern(naming)
    fields = {name for _, name, _, _ in Formatter().parse(naming.template) if name}
    # A name that ends in what a model may be called, or an extension, tells nothing.
    by_origin = fields >= {"stem", "target"} or fields == {"stem"}
    for image in images:
        match = pattern.fullmatch(image.path.stem) if image.path else None
        if match is None or image.path is None:
            continue
        stem = match["stem"] if by_origin else image.path.stem
        others = stem != image.path.stem and stem in _stems_in(image.path.parent)
        if others or has_mark(image.path):
            yield image
    _stems_in.cache_clear()


@cache
def _stems_in(folder: Path) -> frozenset[str]:
    """Names of the files of a folder without their suffixes."""
    try:
        return frozenset(path.stem for path in folder.iterdir())
    except OSError:
        return frozenset()


def _pattern(naming: Naming) -> re.Pattern[str]:
    """What the names of results look like."""
    fields = {
        "stem": "(?P<stem>.+)",
        "target": f"(?P<target>{_TARGETS})",
        "model": ".+",
        "ext": ".*",
    }
    # Every group has its name once, though a template may hold its field twice.
    parts = re.split(r"\{(\w+)\}", naming.template)
    seen: set[str] = set()
    text = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            text += re.escape(part)
        else:
            text += f"(?P={part})" if part in seen else fields.get(part, ".*")
            seen |= {part} & {"stem", "target"}
    return re.compile(text, re.DOTALL)


def _exif() -> bytes:
    """A block of EXIF that holds the mark and nothing else."""
    value = MARK.encode() + b"\0"
    entry = struct.pack("<HHII", _SOFTWARE, _ASCII, len(value), 26)
    return struct.pack("<2sHIH", b"II", 42, 8, 1) + entry + bytes(4) + value

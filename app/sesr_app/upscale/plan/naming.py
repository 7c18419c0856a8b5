"""What results are called."""

from __future__ import annotations

import os
import string
from dataclasses import dataclass
from pathlib import Path

from sesr.catalog.choice import DEFAULT_CHOICE
from sesr.errors import UsageError
from sesr_app.images import Format, format_named, result_suffix
from sesr_app.video import Container, video_suffix

DEFAULT_NAME = "{stem}_{target}"
_FIELDS = ("stem", "target", "model", "ext")


@dataclass(frozen=True, slots=True)
class Naming:
    """How results are called.

    Attributes:
        template: of the name without suffix, with fields in braces.
        target: what is done: "x2", or a size such as "w800".
        model: name of the model.
        format: of every result; None keeps the format of each input.
        overwrite: allow results that exist.
        skip: pass over inputs whose result exists.
        container: of the results of videos; None keeps that of each video.
    """

    target: str
    model: str = DEFAULT_CHOICE.model
    template: str = DEFAULT_NAME
    format: Format | None = None
    overwrite: bool = False
    skip: bool = False
    container: Container | None = None

    def __post_init__(self) -> None:
        """Refuse a template that cannot name files."""
        try:
            fields = {field for _, field, _, _ in string.Formatter().parse(self.template) if field}
        except ValueError as error:
            raise UsageError(f"name template {self.template!r}: {error}") from None
        if unknown := sorted(fields - set(_FIELDS)):
            known = ", ".join(f"{{{field}}}" for field in _FIELDS)
            raise UsageError(
                f"name template {self.template!r}: unknown field {{{unknown[0]}}}; "
                f"the fields are {known}"
            )
        try:
            self.template.format(**dict.fromkeys(_FIELDS, "a"))
        except (IndexError, KeyError, ValueError) as error:
            raise UsageError(
                f"name template {self.template!r}: {error}; fields are written as in {DEFAULT_NAME}"
            ) from None
        if set("/" + os.sep) & set(self.template) or self.template in ("", ".", ".."):
            raise UsageError(
                f"name template {self.template!r}: must be a file name; choose the folder with -o"
            )

    def name_for(self, path: Path, *, video: bool = False) -> str:
        """The file name of an input's result."""
        suffix = self.format.suffixes[0] if self.format else result_suffix(path.suffix)
        if video:
            suffix = video_suffix(path.suffix, self.container)
        stem = self.template.format(
            stem=path.stem, target=self.target, model=self.model, ext=path.suffix[1:]
        )
        return stem + suffix


def named_format(name: str | None) -> Format | None:
    """The format of an option, "same" for none."""
    return None if name is None or name == "same" else format_named(name)

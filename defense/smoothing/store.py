"""Tallies that are made once and kept, so that a stopped certification goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defense.batch import ImageBatch
from defense.smoothing.certificate import Tally
from sesr.files import write_atomically

_FORMAT = 2
"""Of the files; tallies of older formats are made anew."""


@dataclass(frozen=True, slots=True)
class TallyStore:
    """A folder with a file for every finished image.

    Attributes:
        folder: made when first written to; None keeps nothing.
        described: everything but the image that a tally depends on: classifier, defense, noise
            and numbers of draws.
    """

    folder: Path | None
    described: Mapping[str, Any]

    def find(self, image: ImageBatch, label: int | None) -> Tally | None:
        """The tally of an image, or None if there is none or a damaged one."""
        if self.folder is None:
            return None
        try:
            return Tally(**json.loads(self.path(image, label).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, image: ImageBatch, label: int | None, tally: Tally) -> None:
        """Write the tally of an image, in one piece."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path(image, label), json.dumps(tally.to_json()).encode())

    def path(self, image: ImageBatch, label: int | None) -> Path:
        """The file of an image."""
        assert self.folder is not None  # noqa: S101 - callers have looked
        digest = hashlib.sha256(json.dumps(dict(self.described), sort_keys=True).encode())
        digest.update(f"{_FORMAT} {image.shape} {label}".encode())
        digest.update(image.tobytes())
        return self.folder / f"{digest.hexdigest()[:24]}.json"

"""Weights files of named classifiers, found by what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from defense.classifiers.applications import APPLICATIONS

_SUFFIXES = (".weights.h5", ".h5")


def find_weights(folders: Iterable[Path]) -> dict[str, Path]:
    """The named classifiers whose weights lie in some folders, in the order of their names.

    A file belongs to the classifier whose words its name begins with: that of the most words, if
    there are several, and the first folder that has one counts.

    Args:
        folders: that may not exist.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.h5")) if folder.is_dir() else []:
            name = name_of_weights(path.name)
            if name is not None:
                found.setdefault(name, path)
    return dict(sorted(found.items()))


def name_of_weights(file: str) -> str | None:
    """The classifier that a weights file is for, by its name.

    Example:
        >>> name_of_weights("mobilenet_v3_large_minimalistic_1.0_224.weights.h5")
        'mobilenet_v3_minimalistic'
        >>> name_of_weights("mobilenet_v1_0.75_224.weights.h5"), name_of_weights("a.h5")
        ('mobilenet_v1_075', None)
    """
    suffix = next((one for one in _SUFFIXES if file.endswith(one)), "")
    words = _words(file.removesuffix(suffix))
    fitting = [name for name in APPLICATIONS if _holds(words, _words(name))]
    return max(fitting, key=lambda name: (len(_words(name)), len(name)), default=None)


def _words(name: str) -> list[str]:
    return re.split(r"[_-]", name.lower().replace(".", ""))


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether all wanted words are there, in their order, and the first is the first."""
    rest = iter(words)
    return words[:1] == list(wanted[:1]) and all(word in rest for word in wanted)

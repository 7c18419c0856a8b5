"""Cards of trained classifiers: what a file is, what it saw, and what it reaches."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sesr.catalog.card import file_sha256
from sesr.classifiers.catalog import find_classifier
from sesr.errors import ModelError
from sesr.files import write_atomically


@dataclass(frozen=True, slots=True)
class ClassifierCard:
    """What stands beside every trained classifier as JSON.

    Attributes:
        network: a name of `sesr.classifiers.CLASSIFIERS`.
        classes: names, in the order of the logits.
        size: side of the image in pixels.
        parameters: weights of the collapsed network.
        macs: multiply-accumulates of an image.
        saw: a sentence on the images that it learned from.
        training: settings of the run.
        accuracy: by name of a set of images, share of right answers of the files in "float32" and
            "int8"; "chosen on" is the set that it was chosen by.
        sha256: of the files, by name.
        license: of the weights.
    """

    network: str
    classes: tuple[str, ...]
    size: int
    parameters: int
    macs: int
    saw: str
    training: dict[str, Any] = field(default_factory=dict)
    accuracy: dict[str, dict[str, float]] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    license: str = "Apache-2.0"

    @classmethod
    def describe(
        cls, network: str, classes: tuple[str, ...], size: int, images: int, held: int
    ) -> ClassifierCard:
        """The card of a network that saw so many images, some of them only to choose by."""
        spec = find_classifier(network)
        count = len(classes)
        return cls(
            spec.name,
            classes,
            size,
            spec.parameters(count),
            spec.macs(count, size),
            f"It saw {images:,} images, {held:,} of them only to choose by, and no others before.",
        )

    def with_hashes(self, files: list[Path]) -> ClassifierCard:
        """The same card with the SHA-256 of some files."""
        return replace(self, sha256={path.name: file_sha256(path) for path in files})

    def save(self, path: Path) -> None:
        """Write the card as JSON, in one piece."""
        write_atomically(path, (json.dumps(asdict(self), indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> ClassifierCard:
        """Read a card.

        Raises:
            ModelError: the file is missing or no such card.
        """
        try:
            card = cls(**json.loads(path.read_text()))
            return replace(card, classes=tuple(card.classes))
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(f"{path}: not a card of a classifier ({error})") from error

"""Model cards: what a model file is, what it was trained on, and what it reaches."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sesr.catalog.networks import NetworkSpec, get_variant
from sesr.errors import ModelError
from sesr.files import write_atomically

OUTPUT_720P = (1280, 720)
"""Width and height of the output for which multiply-accumulates are quoted."""

COLORS = {1: "Y", 3: "RGB"}
"""What a network takes, by its number of channels."""

ARTEFACTS = ("clean", "faint", "light", "heavy")
"""What compression left in the images that a network is for, weak to strong."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What stands beside every shipped network as JSON.

    Attributes:
        variant: name of the network, one that `sesr.catalog.networks.get_variant` finds.
        scale: 2 or 4; 1 of a network that cleans and enlarges nothing.
        channels: 1 (Y) or 3 (RGB).
        activation: "relu" or "prelu".
        parameters: kernel weights of the network where it runs.
        macs_720p: multiply-accumulates for an output of 1280 x 720.
        training: what it was trained on, for how long, how.
        benchmarks: by name of the set, PSNR (dB) and SSIM on Y of the network and bicubic.
        sha256: of the files of this model, by their suffix.
        license: of the weights.
        quantization: "none", or "int8" (or "int6") for one trained to compute in int8.
        artefacts: what its small images had, one of `ARTEFACTS`.
        by_quality: by the quality of the JPEGs that photographs were saved as after shrinking, PSNR
            (dB) on Y of the network and bicubic.
    """

    variant: str
    scale: int
    channels: int
    activation: str
    parameters: int
    macs_720p: int
    training: dict[str, Any] = field(default_factory=dict)
    benchmarks: dict[str, dict[str, float]] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    license: str = "Apache-2.0"
    quantization: str = "none"
    artefacts: str = "clean"
    by_quality: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def describe(
        cls,
        variant: str,
        scale: int,
        channels: int,
        activation: str,
        quantization: str = "none",
        artefacts: str = "clean",
    ) -> ModelCard:
        """The card of an untrained network; sizes are computed."""
        spec = get_variant(variant)
        width, height = (side // scale for side in OUTPUT_720P)
        return cls(
            spec.name,
            scale,
            channels,
            activation,
            spec.parameters(scale, channels),
            spec.macs(height, width, scale, channels),
            quantization=quantization,
            artefacts=artefacts,
        )

    @property
    def spec(self) -> NetworkSpec:
        """The network's own data."""
        return get_variant(self.variant)

    @property
    def stem(self) -> str:
        """Name of the model's files without their suffixes, for example "m5_x2_y"."""
        base = f"{self.variant.lower()}_x{self.scale}_{COLORS[self.channels].lower()}"
        return "_".join([base, *self._forms])

    @property
    def title(self) -> str:
        """Name for people, for example "M5 x2 Y"."""
        return self._title(self.variant)

    @property
    def full_title(self) -> str:
        """The same with the family's name, for example "SESR-M5 x2 Y" or "FSRCNN x2 Y"."""
        return self._title(self.spec.full_name)

    def _title(self, name: str) -> str:
        return " ".join([f"{name} x{self.scale} {COLORS[self.channels]}", *self._forms])

    @property
    def _forms(self) -> list[str]:
        """What it is trained for beside clean photographs in float32."""
        ordinary = {"none", "clean"}
        return [form for form in (self.artefacts, self.quantization) if form not in ordinary]

    def with_hashes(self, files: list[Path]) -> ModelCard:
        """The same card with the SHA-256 of some files, named by suffix."""
        digests = {path.suffix: file_sha256(path) for path in files}
        return replace(self, sha256=digests)

    def save(self, path: Path) -> None:
        """Write the card as JSON, in one piece."""
        write_atomically(path, (json.dumps(asdict(self), indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> ModelCard:
        """Read a card.

        Raises:
            ModelError: the file is missing or not a model card.
        """
        try:
            card = cls(**json.loads(path.read_text()))
            get_variant(card.variant)
        except FileNotFoundError as error:
            raise ModelError(f"{path}: no such model card; it belongs beside the model") from error
        except Exception as error:
            raise ModelError(f"{path}: not a model card ({error})") from error
        return card


def file_sha256(path: Path) -> str:
    """SHA-256 of a file as hexadecimal digits."""
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()

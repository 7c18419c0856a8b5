"""What an export starts from: a trained model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sesr.catalog.card import COLORS
from sesr.errors import UsageError
from sesr.pixels.color import FloatImage
from sesr.pixels.levels import CENTER

if TYPE_CHECKING:
    from sesr.lowering import PlainNetwork

UNKNOWN_LICENSE = "not stated"


@dataclass(frozen=True, slots=True)
class TrainedSource:
    """The trained model behind an export.

    Attributes:
        path: of its Keras file.
        name: of the model, part of the names of the exported files.
        license: of its weights.
        float_path: of the Keras file in float32 that it is compared with; None for its own.
        channels: 1 (Y) or 3 (RGB) if it must have so many; None for either.
    """

    path: Path
    name: str
    license: str
    float_path: Path | None = None
    channels: int | None = None

    @property
    def sha256(self) -> str:
        """Of the Keras file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def load(self, scale: int) -> PlainNetwork:
        """The network as arrays.

        Raises:
            ModelError: the file is damaged or holds something else.
            UsageError: it is for another scale.
        """
        network = _load(self.path)
        if self.channels not in (None, network.channels):
            raise UsageError(
                f"{self.path}: this model is of {COLORS[network.channels]}; "
                f"{COLORS[self.channels]} was asked for"
            )
        if network.stride > 1 and network.scale != scale:
            raise UsageError(
                f"{self.path}: this network takes noise away and enlarges nothing: export it with "
                "--defense and --smoothed noise:0.08,bicubic:192,sesr:FILE"
            )
        if network.scale != scale:
            raise UsageError(
                f"{self.path}: this model is for x{network.scale}; received scale {scale}"
            )
        return network

    def load_in_keras(self) -> Callable[[FloatImage], FloatImage]:
        """The network as Keras runs it, in float32 even if it was trained to round.

        Returns:
            A function from (H, W, C) to (H * scale, W * scale, C), both in [0, 1].
        """
        from sesr.network.load import load_network
        from sesr.network.quantization_aware import is_quantization_aware, without_quantization

        model = load_network(self.path)
        if is_quantization_aware(model):
            model = without_quantization(model, CENTER)
        return lambda image: np.asarray(model(image[np.newaxis])[0], np.float32)

    def load_float(self) -> PlainNetwork | None:
        """The network in float32 that it is compared with, if it is another one."""
        return None if self.float_path is None else _load(self.float_path)


def find_source(model: str, scale: int, channels: int, int8_trained: bool = False) -> TrainedSource:
    """Find a model of the package by name, or take the Keras file at a path.

    Args:
        model: a name, or a path.
        scale: 2 or 4.
        channels: 1 (Y) or 3 (RGB); files of either kind are taken for 1.
        int8_trained: prefer the form of a model of the package that was trained for int8.

    Raises:
        UsageError: no such model or scale, or a LiteRT file alone.
        ModelError: the path leads to no model.
    """
    from sesr.catalog.card import ModelCard
    from sesr.catalog.networks import check_scale
    from sesr.catalog.shipped import find_form, find_model

    check_scale(scale)
    path = Path(model)
    if path.suffix == ".tflite" and not path.with_suffix(".keras").exists():
        raise UsageError(
            f"{path}: an export makes int8 of a network in Keras, and a LiteRT file is finished, "
            "in float or int8; give the .keras file that it was made of"
        )
    if path.suffix != ".keras":
        found = find_model(model, scale, channels)
        int8 = find_form(found, "int8") if int8_trained else None
        if int8 is not None:
            return TrainedSource(int8.keras, int8.card.stem, int8.card.license, found.keras)
        return TrainedSource(found.keras, found.card.stem, found.card.license)
    wanted = channels if channels == 3 else None
    card = path.with_suffix(".json")
    if not card.exists():
        return TrainedSource(path, path.stem, UNKNOWN_LICENSE, channels=wanted)
    described = ModelCard.load(card)
    return TrainedSource(path, described.stem, described.license, channels=wanted)


def _load(path: Path) -> PlainNetwork:
    from sesr.lowering import PlainNetwork
    from sesr.network.load import load_network

    return PlainNetwork.from_keras(load_network(path))

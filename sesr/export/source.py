"""What an export starts from: a trained model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesr.catalog.card import COLORS
from sesr.errors import UsageError

if TYPE_CHECKING:
    from sesr.lowering.plain_network import PlainNetwork

UNKNOWN_LICENSE = "not stated"


@dataclass(frozen=True, slots=True)
class Source:
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
        from sesr.network.load import load_network

        network = _plain(load_network(self.path))
        if self.channels not in (None, network.channels):
            raise UsageError(
                f"{self.path}: this model is of {COLORS[network.channels]}; "
                f"{COLORS[self.channels]} was asked for"
            )
        if network.scale != scale:
            raise UsageError(
                f"{self.path}: this model is for x{network.scale}; received scale {scale}"
            )
        return network

    def load_float(self) -> PlainNetwork | None:
        """The network in float32 that it is compared with, if it is another one."""
        from sesr.network.load import load_network

        return None if self.float_path is None else _plain(load_network(self.float_path))


def _plain(model: Any) -> PlainNetwork:
    """The network as arrays, with the ranges of a quantisation-aware training if it had one."""
    from sesr.lowering.plain_network import PlainNetwork
    from sesr.network.quantization_aware import (
        is_quantization_aware,
        trained_ranges,
        without_quantization,
    )

    if not is_quantization_aware(model):
        return PlainNetwork.from_keras(model)
    network = PlainNetwork.from_keras(without_quantization(model))
    return replace(network, trained_ranges=trained_ranges(model))


def find_source(model: str, scale: int, channels: int, int8_trained: bool = False) -> Source:
    """Find a model of the package by name, or take the Keras file at a path.

    Args:
        model: a name, or a path.
        scale: 2 or 4.
        channels: 1 (Y) or 3 (RGB); files of either kind are taken for 1.
        int8_trained: prefer the form of a model of the package that was trained for int8.

    Raises:
        UsageError: no such model or scale.
        ModelError: the path leads to no model.
    """
    from sesr.catalog.card import ModelCard
    from sesr.catalog.networks import check_scale
    from sesr.catalog.shipped import find_form, find_model

    check_scale(scale)
    path = Path(model)
    if path.suffix != ".keras":
        found = find_model(model, scale, channels)
        int8 = find_form(found, "int8") if int8_trained else None
        if int8 is not None:
            return Source(int8.keras, int8.card.stem, int8.card.license, found.keras)
        return Source(found.keras, found.card.stem, found.card.license)
    wanted = channels if channels == 3 else None
    card = path.with_suffix(".json")
    if not card.exists():
        return Source(path, path.stem, UNKNOWN_LICENSE, channels=wanted)
    described = ModelCard.load(card)
    return Source(path, described.stem, described.license, channels=wanted)

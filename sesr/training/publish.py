"""From the best network of a run to the three files of a trained model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from sesr.catalog.card import ModelCard
from sesr.catalog.shipped import TrainedModel
from sesr.files import atomic_path, write_atomically
from sesr.int8 import to_litert


def publish(
    model: keras.Model, card: ModelCard, folder: Path, training: dict[str, Any]
) -> TrainedModel:
    """Write a network as `.keras` (expanded), `.tflite` (collapsed) and its card.

    Args:
        model: the expanded network.
        card: its description, as `ModelCard.describe` gives it.
        folder: made if missing.
        training: what goes into the card about how it was trained.
    """
    folder.mkdir(parents=True, exist_ok=True)
    published = TrainedModel(card, folder / card.stem)
    with atomic_path(published.keras) as part:
        model.save(part)
    write_atomically(published.litert, to_litert(model))
    full = replace(card, training=training).with_hashes([published.keras, published.litert])
    full.save(published.card_file)
    return TrainedModel(full, published.stem)

"""The files of a network that was trained in a defense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from defense.parse import parse_defense
from defense.training.config import DefenseConfig
from defense.training.student import network_card, network_stage
from sesr.catalog.shipped import TrainedModel
from sesr.network.load import load_network
from sesr.training.publish import publish


def publish_defense(
    config: DefenseConfig, best: Path, output: Path, origin: Mapping[str, Any]
) -> TrainedModel:
    """Write the three files of the trained network.

    Args:
        config: of the run.
        best: the network that the trainer kept.
        output: folder of the files.
        origin: what the card tells of the data.
    """
    start = None if config.fresh else network_stage(parse_defense(config.defense)).trained.stem.name
    settings = {name: value for name, value in asdict(config).items() if name != "classifiers"}
    training = {**origin, **settings, "started_from": start}
    return publish(load_network(best), network_card(config), output, training)

"""Loading networks from `.keras` files."""

from __future__ import annotations

from pathlib import Path

import keras

from sesr.errors import ModelError, first_line

# These imports register the layers too, so that files that name them can be read.
from sesr.network.layers.deconvolution import Deconvolution
from sesr.network.layers.depth_to_space import DepthToSpace
from sesr.network.layers.levels import LevelConv2D, Levels
from sesr.network.layers.linear_block import CollapsibleLinearBlock
from sesr.network.sesr import UNCLIPPED

LAYERS = (CollapsibleLinearBlock, Deconvolution, DepthToSpace, LevelConv2D, Levels)
"""What a network may hold beside Keras' own layers."""


def load_network(path: Path) -> keras.Model:
    """Load a network in any form: as it trains, as it runs, or quantisation-aware.

    Files are read in Keras' safe mode: they hold weights and a description of layers, and no
    code of theirs is run.

    Raises:
        ModelError: the file is missing, damaged, or holds another kind of model.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such model file")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ModelError(f"{path}: not a readable .keras model ({first_line(error)})") from error
    if UNCLIPPED not in {layer.name for layer in model.layers}:
        raise ModelError(f"{path}: holds a model that is no SESR network, {model.name!r}")
    return model

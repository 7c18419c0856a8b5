"""Loading networks from `.keras` files."""

from __future__ import annotations

from pathlib import Path

import keras

from sesr.errors import ModelError

# This import registers the layers too, so that files that name them can be read.
from sesr.network.model import UNCLIPPED


def load_network(path: Path) -> keras.Model:
    """Load a SESR network, expanded or collapsed.

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
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{path}: not a readable .keras model ({reason})") from error
    if UNCLIPPED not in {layer.name for layer in model.layers}:
        raise ModelError(f"{path}: holds a model that is no SESR network, {model.name!r}")
    return model

"""Loading networks from `.keras` files."""

from __future__ import annotations

from pathlib import Path

import keras

from sesr.errors import ModelError

# Importing the layers registers them, so that files that name them can be read.
from sesr.network import depth_to_space as _depth_to_space  # noqa: F401
from sesr.network import linear_block as _linear_block  # noqa: F401


def load_network(path: Path) -> keras.Model:
    """Load a SESR network, expanded or collapsed.

    Files are read in Keras' safe mode: they hold weights and a description of layers, and no
    code of theirs is run.

    Raises:
        ModelError: the file is missing, damaged, or holds layers that are not known here.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such model file")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{path}: not a readable .keras model ({reason})") from error

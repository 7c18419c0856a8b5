"""Classifiers in files: those of the package, and those of a training run."""

from __future__ import annotations

from pathlib import Path

import keras

# These imports register the layers too, so that files that name them can be read.
from sesr.classifiers.bottleneck import CollapsibleBottleneck
from sesr.classifiers.catalog import find_classifier
from sesr.classifiers.convnext import ChannelScale
from sesr.classifiers.dense import collapse
from sesr.errors import ModelError, first_line

_LAYERS = (ChannelScale, CollapsibleBottleneck)
"""What a classifier may hold beside Keras' own layers."""

_FOLDER = Path(__file__).parents[1] / "models" / "classifiers"


def load_trained(path: Path) -> keras.Model:
    """Load a classifier from a `.keras` file, as it trains.

    Raises:
        ModelError: the file is missing or damaged.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such model file")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ModelError(f"{path}: not a readable classifier ({first_line(error)})") from error


def load_shipped(name: str) -> keras.Model:
    """A trained classifier of the package, collapsed.

    Args:
        name: of `sesr.classifiers.CLASSIFIERS`.

    Raises:
        UsageError: unknown name.
        ModelError: the package has no weights of it.

    Example:
        >>> load_shipped("ran_e_gt")
        Traceback (most recent call last):
        sesr.errors.ModelError: RAN-e-GT has no weights in the package, which has those of ...
    """
    spec = find_classifier(name)
    path = _FOLDER / f"{spec.name}.keras"
    if not path.is_file():
        having = ", ".join(sorted(found.stem for found in _FOLDER.glob("*.keras")))
        raise ModelError(
            f"{spec.title} has no weights in the package, which has those of {having or 'none'}: "
            "train it with sesr classify train"
        )
    return collapse(load_trained(path))

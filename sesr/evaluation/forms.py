"""Opening a trained network in one of its forms, to measure it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sesr.catalog.card import ModelCard
from sesr.catalog.shipped import TrainedModel, check_enlarges, check_fits, find_model
from sesr.errors import ModelError, UsageError
from sesr.pixels.color import FloatImage

FORMS = ("litert", "collapsed", "keras")
"""The file that runs; the Keras network collapsed, and as it was trained."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network that can be run, and what is known of it.

    Attributes:
        run: from an image to the enlarged one, float32 in [0, 1]: Y (h, w) if the network has
            one channel, RGB (h, w, 3) if it has three.
        channels: 1 (Y) or 3 (RGB).
        form: one of FORMS, or "int8" for a LiteRT file that computes with int8 numbers.
        card: the card beside the files, if there is one.
    """

    run: Callable[[FloatImage], FloatImage]
    channels: int
    form: str
    card: ModelCard | None


def open_candidate(
    model: str, scale: int, channels: int | None = None, form: str | None = None
) -> Candidate:
    """Open a network by the name of its variant, or by a file with or without a card.

    Args:
        model: "M5", or a path that ends in .tflite, .keras or .json.
        scale: 2 or 4.
        channels: 1 (Y) or 3 (RGB); by default whichever there is, Y where there are both.
        form: one of FORMS; by default the form of the file, LiteRT for a name. The forms
            "collapsed" and "keras" need Keras.

    Raises:
        UsageError: no such variant, scale, form or shipped network, or the file is for another
            scale or other channels.
        ModelError: the file is missing, damaged, or of another kind.

    Example:
        >>> candidate = open_candidate("M5", scale=2)
        >>> candidate.run(np.zeros((30, 40), np.float32)).shape
        (60, 80)
    """
    if form not in (None, *FORMS):
        raise UsageError(f"the form must be one of {', '.join(FORMS)}; received {form!r}")
    path = Path(model)
    if path.suffix not in (".tflite", ".keras"):
        found = find_model(model, scale, channels)
        path = found.keras if form in ("collapsed", "keras") else found.litert
    elif form is not None:
        path = path.with_suffix(".tflite" if form == "litert" else ".keras")
    card = _card_beside(path)
    if card is not None:
        check_enlarges(path, card)
    if path.suffix == ".keras":
        return _open_keras(path, scale, channels, form or "keras", card)
    return _open_litert(path, scale, channels, card)


def _card_beside(path: Path) -> ModelCard | None:
    """The card, if there is one; other tools write JSON files of other kinds beside models."""
    try:
        return ModelCard.load(TrainedModel.card_path(path))
    except ModelError:
        return None


def _open_litert(path: Path, scale: int, channels: int | None, card: ModelCard | None) -> Candidate:
    from sesr.engine import LARGEST_HALO, TiledLiteRT

    network = TiledLiteRT(path, card.spec.receptive_radius if card else LARGEST_HALO)
    check_fits(path, network.scale, network.channels, scale, channels)
    form = "int8" if network.quantized else "litert"
    return Candidate(_flat(network, network.channels), network.channels, form, card)


def _open_keras(
    path: Path, scale: int, channels: int | None, form: str, card: ModelCard | None
) -> Candidate:
    from sesr.network.load import load_network
    from sesr.network.runnable import make_runnable, network_scale

    network = load_network(path)
    has_channels = int(network.input_shape[-1])
    check_fits(path, network_scale(network), has_channels, scale, channels)
    if form == "collapsed":
        network = make_runnable(network)

    def run(image: FloatImage) -> FloatImage:
        return np.asarray(network.predict_on_batch(image[np.newaxis])[0], np.float32)

    return Candidate(_flat(run, has_channels), has_channels, form, card)


def _flat(run: Callable[[FloatImage], FloatImage], channels: int) -> Callable[..., FloatImage]:
    """Luma as (h, w), which is how it is measured."""
    if channels == 3:
        return run
    return lambda luma: run(luma[..., np.newaxis])[..., 0]

"""The network of a run, with the weights that it starts from."""

from __future__ import annotations

import keras

from sesr.errors import TrainingError
from sesr.int8 import equalize_channels
from sesr.network.build import build_network
from sesr.network.quantization_aware import (
    is_quantization_aware,
    quantization_aware,
    without_quantization,
)
from sesr.network.runnable import make_runnable
from sesr.training.config import QUANTIZATIONS, TrainingConfig
from sesr.training.start.transfer import transfer_weights


def prepare_network(
    config: TrainingConfig, start_from: keras.Model | None
) -> tuple[keras.Model, list[str]]:
    """Build what a run trains.

    Args:
        config: the run.
        start_from: a trained network, or None. A quantised run needs the very network that
            it is to quantise, in any form; another run takes every layer that fits.

    Returns:
        The network, and the names of the layers that came from `start_from`.

    Raises:
        TrainingError: the start does not fit.
    """
    model = build_network(
        config.variant, config.scale, config.channels, config.activation, dtype=config.dtype
    )
    if config.quantize == "none":
        return model, [] if start_from is None else transfer_weights(start_from, model)
    if start_from is None:
        raise TrainingError(
            f"a quantised {config.variant} starts from a trained one; none was given: "
            "name its .keras file with --start-from"
        )
    fresh = not is_quantization_aware(start_from)
    if not fresh:
        start_from = without_quantization(start_from)
    source, target = make_runnable(start_from), make_runnable(model)
    taken = transfer_weights(source, target)
    if {layer.name for layer in (*source.layers, *target.layers) if layer.weights} != set(taken):
        raise TrainingError(
            f"{start_from.name} is not the network that is to be quantised, {model.name} with "
            f"{config.activation}: variant, scale, channels and activation must be the same"
        )
    if fresh:
        equalize_channels(target)
    return quantization_aware(target, QUANTIZATIONS[config.quantize]), taken

"""Starting a network from the weights of another one."""

from __future__ import annotations

import keras

from sesr.errors import TrainingError


def transfer_weights(source: keras.Model, target: keras.Model) -> list[str]:
    """Copy the weights of every layer of the same name and shapes.

    An x4 network takes everything but its last block from an x2 network; a deeper variant
    takes the blocks that a shallower one has; the same network takes all.

    Args:
        source: an expanded network.
        target: another one, changed in place.

    Returns:
        Names of the layers that were taken over.

    Raises:
        TrainingError: not even the first layer fits.
    """
    given = {layer.name: layer.get_weights() for layer in source.layers if layer.weights}
    taken: list[str] = []
    for layer in target.layers:
        weights = given.get(layer.name)
        if not layer.weights or weights is None:
            continue
        if [w.shape for w in weights] == [tuple(w.shape) for w in layer.weights]:
            layer.set_weights(weights)
            taken.append(layer.name)
    first = next(layer.name for layer in target.layers if layer.weights)
    if first not in taken:
        raise TrainingError(
            f"{source.name} cannot start {target.name}: their first layers differ; "
            "both need the same number of channels, features and expansion"
        )
    return taken

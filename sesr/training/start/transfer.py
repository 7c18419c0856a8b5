"""Starting a network from the weights of another one."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sesr.errors import TrainingError
from sesr.network.layers.linear_block import CollapsibleLinearBlock


def transfer_weights(source: keras.Model, target: keras.Model) -> list[str]:
    """Copy the weights of every layer of the same name that fits.

    Equal shapes fit, and so does a linear block in a larger one: with more features or another
    expansion it goes on computing what it did, and what it computes besides is read by nobody
    before training finds a use for it. Blocks that only the target has begin by passing their
    input on. So a deeper or wider SESR with ReLU starts with the very outputs of the smaller one,
    and an x4 network takes everything but its last block from an x2 network.

    Args:
        source: an expanded network.
        target: another one, changed in place.

    Returns:
        Names of the layers that were taken over.

    Raises:
        TrainingError: not even the first layer fits.

    Example:
        >>> from sesr.network.sesr import build_sesr
        >>> transfer_weights(build_sesr("M2", 2), build_sesr("XL", 2))
        ['first_block', 'block_0', 'block_1', 'last_block']
    """
    given = {layer.name: layer for layer in source.layers if layer.weights}
    layers = [layer for layer in target.layers if layer.weights]
    taken = [
        layer.name
        for layer in layers
        if layer.name in given and _take_over(given[layer.name], layer)
    ]
    if layers[0].name not in taken:
        raise TrainingError(
            f"{source.name} cannot start {target.name}: their first layers differ; "
            "both need the same channels and kernels, and the start no more features"
        )
    for layer in layers:
        if layer.name not in given and isinstance(layer, CollapsibleLinearBlock):
            layer.project_kernel.assign(np.zeros(layer.project_kernel.shape, np.float32))
    return taken


def _take_over(source: keras.layers.Layer, target: keras.layers.Layer) -> bool:
    """Give a layer another one's weights if they fit."""
    weights = source.get_weights()
    if [w.shape for w in weights] == [tuple(w.shape) for w in target.weights]:
        target.set_weights(weights)
        return True
    if isinstance(source, CollapsibleLinearBlock) and isinstance(target, CollapsibleLinearBlock):
        return _take_over_block(source, target)
    if isinstance(source, keras.layers.PReLU) and isinstance(target, keras.layers.PReLU):
        return _take_over_slopes(source, target)
    return False


def _take_over_block(source: CollapsibleLinearBlock, target: CollapsibleLinearBlock) -> bool:
    """Put the collapsed convolution of a block into a block of other sizes."""
    kernel, bias = _collapsed_without_residual(source)
    *_, inputs, outputs = kernel.shape
    expand, expand_bias, project, project_bias = target.get_weights()
    if not _fits(source, target) or target.expansion < outputs:
        return False
    # The first expanded channels hold the old outputs and take nothing from new inputs; nothing
    # else reaches the old outputs.
    expand[..., :outputs] = 0
    expand[..., :inputs, :outputs] = kernel
    expand_bias[:outputs] = bias
    project[:, :outputs] = np.eye(len(project), outputs)
    project_bias[:outputs] = 0
    target.set_weights([expand, expand_bias, project, project_bias])
    return True


def _fits(source: CollapsibleLinearBlock, target: CollapsibleLinearBlock) -> bool:
    """Whether a block may stand in a larger one; features may be added, image channels not."""
    inputs, outputs = ((block.expand_kernel.shape[2], block.filters) for block in (source, target))
    same_image = (target.name != "first_block" or inputs[0] == outputs[0]) and (
        target.name != "last_block" or inputs[1] == outputs[1]
    )
    return (
        same_image
        and source.kernel_size == target.kernel_size
        and source.padding == target.padding
        and source.residual == target.residual
        and inputs[0] <= outputs[0]
        and inputs[1] <= outputs[1]
    )


def _take_over_slopes(source: keras.layers.PReLU, target: keras.layers.PReLU) -> bool:
    """The slopes of the features that both have."""
    (old,), (new,) = source.get_weights(), target.get_weights()
    if old.shape[-1] > new.shape[-1]:
        return False
    new[..., : old.shape[-1]] = old
    target.set_weights([new])
    return True


def _collapsed_without_residual(block: CollapsibleLinearBlock) -> tuple[Any, Any]:
    """Kernel and bias of the product of a block's two convolutions."""
    expand, expand_bias, project, project_bias = block.get_weights()
    return expand @ project, expand_bias @ project + project_bias

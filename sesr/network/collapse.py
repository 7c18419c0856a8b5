"""From the network that trains to the network that runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from sesr.catalog.sesr import same_padding
from sesr.errors import ModelError
from sesr.network.layers.linear_block import CollapsibleLinearBlock
from sesr.network.sesr import FEATURE_RESIDUAL, activation_layer, assemble


def collapse(model: keras.Model) -> keras.Model:
    """Turn every linear block of a SESR model into one convolution.

    Args:
        model: what `build_sesr` returned, trained or not.

    Returns:
        A model of plain Keras layers (and the depth-to-space) with the same outputs to 1e-5,
        image borders included, and the parameter count of `Variant.parameters` plus biases
        and slopes.

    Raises:
        ModelError: the model holds no linear blocks, so it is not an expanded SESR.

    Example:
        >>> from sesr.network.sesr import build_sesr
        >>> small = collapse(build_sesr("M5", scale=2))
        >>> sum(int(np.prod(w.shape)) for w in small.weights if w.name == "kernel")
        13520
    """
    blocks = linear_blocks(model)
    if not blocks:
        raise ModelError(
            f"only an expanded SESR can be collapsed; received model {model.name!r}, "
            "which has no collapsible linear block"
        )
    activations = [layer for layer in model.layers if layer.name.startswith("activation_")]
    convolutions = [_plain_convolution(block) for block in blocks]
    first, *inner, last = convolutions

    def middle(x: Any) -> Any:
        for convolution, activation in zip(inner, activations, strict=True):
            kind = "prelu" if isinstance(activation, keras.layers.PReLU) else "relu"
            x = activation_layer(kind, activation.name)(convolution(x))
        return x

    channels = model.input_shape[-1]
    collapsed = assemble(
        first,
        middle,
        last,
        math.isqrt(blocks[-1].filters // channels),
        channels,
        f"{model.name}_collapsed",
        feature_residual=any(layer.name == FEATURE_RESIDUAL for layer in model.layers),
        stride=blocks[0].stride,
    )
    copy_collapsed_weights(model, collapsed)
    return collapsed


def copy_collapsed_weights(model: keras.Model, collapsed: keras.Model) -> None:
    """Bring a collapsed model up to date with the expanded one that it came from."""
    for block in linear_blocks(model):
        kernel, bias = (
            np.asarray(keras.ops.convert_to_numpy(w)) for w in block.collapsed_weights()
        )
        collapsed.get_layer(block.name).set_weights([kernel, bias])
    for layer in model.layers:
        if isinstance(layer, keras.layers.PReLU):
            collapsed.get_layer(layer.name).set_weights(layer.get_weights())


def linear_blocks(model: keras.Model) -> list[CollapsibleLinearBlock]:
    """The collapsible blocks of a model from its input to its output."""
    found = [layer for layer in model.layers if isinstance(layer, CollapsibleLinearBlock)]

    def position(block: CollapsibleLinearBlock) -> float:
        if block.name == "first_block":
            return -1
        return float("inf") if block.name == "last_block" else int(block.name.split("_")[-1])

    return sorted(found, key=position)


def _plain_convolution(block: CollapsibleLinearBlock) -> Callable[[Any], Any]:
    same = block.padding == same_padding(block.kernel_size, block.stride)
    convolution: Callable[[Any], Any] = keras.layers.Conv2D(
        block.filters,
        block.kernel_size,
        strides=block.stride,
        padding="same" if same else "valid",
        name=block.name,
        dtype="float32",
    )
    if same:
        return convolution
    pad = keras.layers.ZeroPadding2D(block.padding, name=f"{block.name}_pad", dtype="float32")
    return lambda x: convolution(pad(x))

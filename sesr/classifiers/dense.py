"""From the classifier that trains to the one that runs, and what that costs."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from sesr.classifiers.bottleneck import CollapsibleBottleneck
from sesr.classifiers.fold import fold_batch_norms


def collapse(model: keras.Model) -> keras.Model:
    """Turn collapsible bottlenecks into convolutions, and fold batch normalisations into these.

    A normalisation before an activation stays if what it takes is added elsewhere too.

    Args:
        model: what `build_classifier` returned, trained or not.

    Returns:
        A model of plain Keras layers with the same answers to 1e-5; the model itself, for
        inference only, where there is nothing to do.

    Example:
        >>> from sesr.classifiers.build import build_classifier
        >>> small = collapse(build_classifier("ran_e_small", classes=10))
        >>> type(small.get_layer("block_0")).__name__
        'Conv2D'
    """
    return fold_batch_norms(with_dense_blocks(model))


def with_dense_blocks(model: keras.Model) -> keras.Model:
    """Turn collapsible bottlenecks into convolutions, and leave batch normalisations alone."""
    blocks = [layer for layer in model.layers if isinstance(layer, CollapsibleBottleneck)]
    if not blocks:
        return model
    dense = keras.models.clone_model(model, clone_function=_dense)
    for layer in model.layers:
        if isinstance(layer, CollapsibleBottleneck):
            kernel = np.asarray(keras.ops.convert_to_numpy(layer.collapsed_kernel()))
            dense.get_layer(layer.name).set_weights([kernel])
        elif layer.weights:
            dense.get_layer(layer.name).set_weights(layer.get_weights())
    return dense


def count_parameters(model: keras.Model) -> int:
    """Weights of a classifier in its collapsed form, batch normalisations counted.

    Example:
        >>> from sesr.classifiers.build import build_classifier
        >>> count_parameters(build_classifier("ran_e_gt", 1000))
        4524408
    """
    return sum(math.prod(weight.shape) for weight in with_dense_blocks(model).weights)


def count_macs(model: keras.Model) -> int:
    """Multiply-accumulates of its convolutions and dense layers for one image, collapsed.

    Args:
        model: of a fixed size of image.
    """
    kinds = keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense
    layers = [layer for layer in with_dense_blocks(model).layers if isinstance(layer, kinds)]
    # Every weight of a kernel is used once at each position of the output.
    return sum(
        math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1]) for layer in layers
    )


def _dense(layer: Any) -> Any:
    if not isinstance(layer, CollapsibleBottleneck):
        return layer.__class__.from_config(layer.get_config())
    return keras.layers.Conv2D(
        layer.filters,
        layer.kernel_size,
        layer.strides,
        padding="same",
        use_bias=False,
        name=layer.name,
        dtype=layer.dtype_policy,
    )

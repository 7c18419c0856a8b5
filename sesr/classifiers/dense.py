"""From the classifier that trains to the one that runs."""

from __future__ import annotations

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

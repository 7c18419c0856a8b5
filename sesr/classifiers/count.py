"""What a Keras classifier costs, counted layer by layer."""

from __future__ import annotations

import math

import keras

from sesr.classifiers.dense import with_dense_blocks


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

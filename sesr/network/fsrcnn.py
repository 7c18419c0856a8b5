"""FSRCNN as a Keras model, to train, and rewritten, to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from sesr.catalog.fsrcnn import DECONVOLUTION_KERNEL, FEATURE_KERNEL, MAP_KERNEL, FsrcnnVariant
from sesr.errors import ModelError
from sesr.network.layers.deconvolution import Deconvolution, subpixel_kernel, subpixel_side
from sesr.network.layers.depth_to_space import DepthToSpace
from sesr.network.sesr import UNCLIPPED, activation_layer, check_network_arguments

SUBPIXELS = "deconvolution"
"""Name of the convolution that stands for the deconvolution where the network runs."""


def build_fsrcnn(
    spec: FsrcnnVariant,
    scale: int,
    channels: int = 1,
    activation: str = "prelu",
    *,
    dtype: str = "float32",
) -> keras.Model:
    """Build a trainable FSRCNN.

    Args:
        spec: its sizes.
        scale: 2 or 4.
        channels: 1 for the Y channel, 3 for RGB.
        activation: "prelu" with one slope a channel, as published, or "relu".
        dtype: Keras' dtype policy of all but the output.

    Returns:
        A model from (N, H, W, channels) to (N, H * scale, W * scale, channels), any H and W,
        float32 in [0, 1] on both sides.

    Raises:
        UsageError: unknown scale, number of channels or activation.

    Example:
        >>> from sesr.catalog.fsrcnn import FSRCNN
        >>> model = build_fsrcnn(FSRCNN, scale=2)
        >>> tuple(model(keras.ops.ones((1, 24, 32, 1))).shape)
        (1, 48, 64, 1)
    """
    check_network_arguments(scale, channels, activation)
    image = keras.Input((None, None, channels), name="image")
    features = _features(image, spec, activation, dtype)
    upsampled = Deconvolution(
        channels,
        DECONVOLUTION_KERNEL,
        strides=scale,
        padding="same",
        # As published; a larger one starts with noise at every ninth pixel.
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.001),
        name=UNCLIPPED,
        dtype=dtype,
    )(features)
    return _model(image, upsampled, f"{spec.name.lower()}_x{scale}")


def is_fsrcnn(model: keras.Model) -> bool:
    """Whether a model ends in a deconvolution, as `build_fsrcnn` makes it."""
    return isinstance(model.get_layer(UNCLIPPED), Deconvolution)


def with_subpixels(model: keras.Model) -> keras.Model:
    """Rewrite the deconvolution as a convolution and depth-to-space, with the same outputs.

    What runs then are operators that every runtime does fast and at any image size.

    Args:
        model: what `build_fsrcnn` returned, trained or not.

    Raises:
        ModelError: the model ends in no deconvolution.
    """
    if not is_fsrcnn(model):
        raise ModelError(f"only FSRCNN can be rewritten; received model {model.name!r}")
    deconvolution = model.get_layer(UNCLIPPED)
    image = keras.Input(model.input_shape[1:], name="image")
    x = image
    for layer in model.layers[1:]:
        if layer.name == UNCLIPPED:
            break
        x = layer.__class__.from_config({**layer.get_config(), "dtype": "float32"})(x)
    scale = deconvolution.strides[0]
    side = subpixel_side(DECONVOLUTION_KERNEL, scale)
    many = deconvolution.filters * scale**2
    x = keras.layers.Conv2D(many, side, padding="same", name=SUBPIXELS)(x)
    rewritten = _model(image, DepthToSpace(scale, name=UNCLIPPED)(x), f"{model.name}_subpixels")
    copy_subpixel_weights(model, rewritten)
    return rewritten


def copy_subpixel_weights(model: keras.Model, rewritten: keras.Model) -> None:
    """Bring a rewritten model up to date with the one that it came from."""
    for layer in model.layers:
        if layer.name == UNCLIPPED:
            kernel, bias = layer.get_weights()
            scale = layer.strides[0]
            sorted_kernel = keras.ops.convert_to_numpy(subpixel_kernel(kernel, scale))
            rewritten.get_layer(SUBPIXELS).set_weights([sorted_kernel, np.tile(bias, scale**2)])
        elif layer.weights:
            rewritten.get_layer(layer.name).set_weights(layer.get_weights())


def _features(image: Any, spec: FsrcnnVariant, activation: str, dtype: str) -> Any:
    """Everything before the deconvolution."""

    def layer(filters: int, side: int, name: str) -> Callable[[Any], Any]:
        convolution = keras.layers.Conv2D(
            filters,
            side,
            padding="same",
            kernel_initializer="he_normal",
            name=name,
            dtype=dtype,
        )
        activate = activation_layer(activation, f"activation_{name}", dtype)
        return lambda x: activate(convolution(x))

    x = layer(spec.features, FEATURE_KERNEL, "feature")(image)
    x = layer(spec.shrunk, 1, "shrink")(x)
    for index in range(spec.maps):
        x = layer(spec.shrunk, MAP_KERNEL, f"map_{index}")(x)
    return layer(spec.features, 1, "expand")(x)


def _model(image: Any, upsampled: Any, name: str) -> keras.Model:
    clipped = keras.layers.ReLU(max_value=1.0, name="clip", dtype="float32")(upsampled)
    return keras.Model(image, clipped, name=name)

"""Assemble SESR as a Keras model."""

from __future__ import annotations

from typing import Any

import keras

from sesr.catalog.networks import NetworkSpec, check_scale, get_variant
from sesr.catalog.sesr import Variant
from sesr.errors import UsageError
from sesr.network.layers.depth_to_space import DepthToSpace
from sesr.network.layers.linear_block import CollapsibleLinearBlock

ACTIVATIONS = ("relu", "prelu")
UNCLIPPED = "upsampled"
"""Name of the layer before the final clip, the output that training compares."""
FEATURE_RESIDUAL = "long_residual"
"""Name of the layer that adds the first block's output to the last block's input."""
IMAGE_RESIDUAL = "image_residual"
"""Name of the layer that adds the image to every pre-shuffle channel."""


def build_sesr(
    variant: str,
    scale: int,
    channels: int = 1,
    activation: str = "relu",
    *,
    expanded: bool = False,
    dtype: str = "float32",
) -> keras.Model:
    """Build a trainable SESR network.

    Args:
        variant: name of one of `sesr.catalog.sesr.VARIANTS` or `CLEANERS`.
        scale: 2 or 4; 1 of a variant with a stride.
        channels: 1 for the Y channel, 3 for RGB.
        activation: "relu", or "prelu" with one slope a channel.
        expanded: run every linear block uncollapsed (same weights, same outputs, slower).
        dtype: Keras' dtype policy; "mixed_bfloat16" trains faster on processors that have it.

    Returns:
        A model from (N, H, W, channels) to (N, H * scale, W * scale, channels), any H and W that
        the variant's stride divides, float32 in [0, 1] on both sides.

    Raises:
        UsageError: unknown variant, scale, number of channels or activation.

    Example:
        >>> model = build_sesr("M5", scale=2)
        >>> tuple(model(keras.ops.ones((1, 24, 32, 1))).shape)
        (1, 48, 64, 1)
    """
    spec = get_variant(variant)
    if not isinstance(spec, Variant):
        raise UsageError(f"{spec.name} is no SESR; build it with sesr.network.build.build_network")
    check_network_arguments(scale, channels, activation, spec)

    shapes = iter(zip(spec.kernels, spec.paddings, strict=True))

    def block(filters: int, name: str, *, residual: bool = False, stride: int = 1) -> Any:
        kernel_size, padding = next(shapes)
        return CollapsibleLinearBlock(
            filters,
            kernel_size,
            padding=padding,
            expansion=spec.expansion,
            residual=residual,
            expanded=expanded,
            stride=stride,
            dtype=dtype,
            name=name,
        )

    first = block(spec.features, "first_block", stride=spec.stride)
    inner = [block(spec.features, f"block_{index}", residual=True) for index in range(spec.blocks)]
    last = block(channels * (scale * spec.stride) ** 2, "last_block")

    def middle(x: Any) -> Any:
        for index, layer in enumerate(inner):
            x = activation_layer(activation, f"activation_{index}", dtype)(layer(x))
        return x

    name = f"sesr_{spec.name.lower()}_x{scale}"
    return assemble(
        first,
        middle,
        last,
        scale * spec.stride,
        channels,
        name,
        dtype,
        feature_residual=spec.feature_residual,
        stride=spec.stride,
    )


def assemble(
    first: Any,
    middle: Any,
    last: Any,
    block: int,
    channels: int,
    name: str,
    dtype: str = "float32",
    *,
    feature_residual: bool = True,
    stride: int = 1,
) -> keras.Model:
    """Wire the parts of SESR, which are the same before and after the collapse.

    Args:
        first: layer from the image to the features, of the stride.
        middle: callable from features to features.
        last: layer from the features to channels * block**2.
        block: side of the block of output pixels that a place of the features becomes.
        dtype: policy of the features; the image and the output are always float32.
        feature_residual: add the first layer's output to the last layer's input.
        stride: of the first layer, 1 or `block`: with the latter the output is as large as the
            image, which is added to it.
    """
    image = keras.Input((None, None, channels), name="image")
    shifted = keras.layers.Rescaling(1.0, offset=-0.5, name="shift", dtype="float32")(image)
    features = first(shifted)
    deep = middle(features)
    if feature_residual:
        deep = keras.layers.Add(name=FEATURE_RESIDUAL, dtype=dtype)([deep, features])
    residual = last(deep)
    if stride > 1:
        spread = DepthToSpace(block, name="spread", dtype="float32")(residual)
        upsampled = keras.layers.Add(name=UNCLIPPED, dtype="float32")([spread, image])
    else:
        upsampled = _with_nearest(residual, image, block, channels)
    clipped = keras.layers.ReLU(max_value=1.0, name="clip", dtype="float32")(upsampled)
    return keras.Model(image, clipped, name=name)


def _with_nearest(residual: Any, image: Any, scale: int, channels: int) -> Any:
    """Add the image, enlarged by repeating its pixels, and shuffle the channels into place."""
    tiled = (
        keras.layers.Concatenate(name="nearest", dtype="float32")([image] * scale**2)
        if channels > 1
        else image
    )
    summed = keras.layers.Add(name=IMAGE_RESIDUAL, dtype="float32")([residual, tiled])
    return DepthToSpace(scale, name=UNCLIPPED, dtype="float32")(summed)


def check_network_arguments(
    scale: int, channels: int, activation: str, network: NetworkSpec | None = None
) -> None:
    """Refuse what a network of the family cannot be built with.

    Raises:
        UsageError: unknown scale, number of channels or activation.
    """
    check_scale(scale, network)
    if channels not in (1, 3):
        raise UsageError(f"channels must be 1 (Y) or 3 (RGB); received {channels!r}")
    if activation not in ACTIVATIONS:
        raise UsageError(f"activation must be one of {ACTIVATIONS}; received {activation!r}")


def activation_layer(activation: str, name: str, dtype: str = "float32") -> keras.layers.Layer:
    """The layer for an activation's name; PReLU has one slope a channel."""
    if activation == "prelu":
        return keras.layers.PReLU(shared_axes=(1, 2), name=name, dtype=dtype)
    return keras.layers.ReLU(name=name, dtype=dtype)


def without_clip(model: keras.Model) -> keras.Model:
    """The same network up to its final clip, which would stop gradients outside [0, 1]."""
    return keras.Model(model.input, model.get_layer(UNCLIPPED).output, name=model.name)

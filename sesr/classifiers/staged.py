"""Classifiers of inverted bottlenecks in Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from sesr.classifiers.bottleneck import CollapsibleBottleneck
from sesr.classifiers.stages import Block, Bottleneck, StagedNetwork

_DROPOUT = 0.2
_FAN_OUT = keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


def build_staged(
    spec: StagedNetwork, classes: int, size: int, *, dtype: str = "float32", expanded: bool = False
) -> keras.Model:
    """Build a classifier of inverted bottlenecks, to train.

    Args:
        spec: its stages.
        classes: of the answer.
        size: side of the image in pixels.
        dtype: Keras' dtype policy of all but the answer.
        expanded: compute collapsible blocks as they are written, to measure against.

    Returns:
        A model from (N, size, size, 3), pixel / 127.5 - 1, to logits (N, classes), float32.
    """
    return assemble_blocks(BlockLayers(spec, dtype, expanded), classes, size)


def assemble_blocks(layers: BlockLayers, classes: int, size: int) -> keras.Model:
    """Build a classifier of the blocks that some layers make, as `build_staged` says."""
    spec, dtype = layers.spec, layers.dtype
    image = keras.Input((size, size, 3), name="image")
    x = layers.convolution(spec.stem, 3, "stem", spec.stem_stride)(image)
    if spec.stem_activated:
        x = layers.activation("stem")(layers.norm("stem")(x))
    for index, block in enumerate(spec.blocks()):
        x = layers.block(x, block, f"block_{index}")
    x = layers.normalized_convolution(x, spec.top, "top")
    if spec.top_kernel:
        x = layers.depthwise(spec.top_kernel, "top_depthwise")(x)
        x = layers.activation("top_depthwise")(layers.norm("top_depthwise")(x))
    x = keras.layers.GlobalAveragePooling2D(name="pool", dtype=dtype)(x)
    x = keras.layers.Dropout(_DROPOUT, name="dropout", dtype=dtype)(x)
    logits = keras.layers.Dense(classes, name="logits", dtype="float32")(x)
    return keras.Model(image, logits, name=spec.name)


@dataclass(frozen=True, slots=True)
class BlockLayers:
    """Makes the layers of one network."""

    spec: StagedNetwork
    dtype: str
    expanded: bool

    def block(self, inputs: Any, block: Block, name: str) -> Any:
        """One block, with the addition of its input where it has one."""
        x = inputs
        for index, one in enumerate(block.bottlenecks):
            part = name if len(block.bottlenecks) == 1 else f"{name}_{'ab'[index]}"
            if one.collapsed:
                # Between the halves of a split block the norm of the first one serves both.
                x = x if index else self.norm(f"{part}_before")(x)
                x = self.collapsible(one, part)(self.activation(part)(x))
                x = self.norm(part)(x)
            else:
                x = self.expanded_bottleneck(x, one, part)
        if block.residual:
            x = keras.layers.Add(name=f"{name}_add", dtype=self.dtype)([x, inputs])
        return x

    def expanded_bottleneck(self, x: Any, one: Bottleneck, name: str) -> Any:
        """The three convolutions with activations, as MobileNetV2 has them."""
        if one.hidden != one.channels:
            x = self.normalized_convolution(x, one.hidden, f"{name}_expand")
        x = self.depthwise(one.kernel, f"{name}_depthwise", one.stride)(x)
        x = self.activation(f"{name}_depthwise")(self.norm(f"{name}_depthwise")(x))
        return self.norm(f"{name}_project")(self.convolution(one.filters, 1, f"{name}_project")(x))

    def normalized_convolution(self, x: Any, filters: int, name: str) -> Any:
        """A 1x1 convolution with norm and activation."""
        return self.activation(name)(self.norm(name)(self.convolution(filters, 1, name)(x)))

    def collapsible(self, one: Bottleneck, name: str) -> Any:
        return CollapsibleBottleneck(
            one.filters,
            one.kernel,
            one.hidden,
            one.stride,
            self.expanded,
            name=name,
            dtype=self.dtype,
        )

    def convolution(self, filters: int, kernel: int, name: str, stride: int = 1) -> Any:
        return keras.layers.Conv2D(
            filters,
            kernel,
            stride,
            padding="same",
            use_bias=False,
            kernel_initializer=_FAN_OUT,
            name=name,
            dtype=self.dtype,
        )

    def depthwise(
        self, kernel: int, name: str, stride: int = 1, initializer: Any = "glorot_uniform"
    ) -> Any:
        return keras.layers.DepthwiseConv2D(
            kernel,
            stride,
            padding="same",
            use_bias=False,
            depthwise_initializer=initializer,
            name=name,
            dtype=self.dtype,
        )

    def norm(self, name: str) -> Any:
        return keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm", dtype=self.dtype)

    def activation(self, name: str) -> Any:
        return keras.layers.Activation(
            self.spec.activation, name=f"{name}_activation", dtype=self.dtype
        )

"""The collapsible inverted bottleneck."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="sesr")
class CollapsibleBottleneck(keras.layers.Layer):
    """A 1x1 convolution to many channels, a k x k depthwise one, and a 1x1 one back, as one.

    With no activation between them the three are linear, and equal to one dense k x k convolution,
    which an NPU computes far faster than a depthwise one. The layer trains the expanded weights,
    but convolves with their product, recomputed at every call (as
    `sesr.network.layers.linear_block.CollapsibleLinearBlock` does for super resolution).

    Args:
        filters: output channels.
        kernel_size: side k of the kernel.
        hidden: channels between the 1x1 convolutions.
        strides: of the depthwise convolution.
        expanded: run the three convolutions one after the other instead, which is what collapsing
            saves; kept to test and to measure against.

    Input: (N, H, W, C). Output: (N, ceil(H / strides), ceil(W / strides), filters), zero-padded at
    the borders as TensorFlow's "same"; no bias, as a batch normalisation follows.

    Example:
        >>> block = CollapsibleBottleneck(32, 3, hidden=96, strides=2)
        >>> tuple(block(keras.ops.ones((1, 8, 8, 16))).shape)
        (1, 4, 4, 32)

    Reference: Bhardwaj et al., "Restructurable Activation Networks", 2022.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        hidden: int,
        strides: int = 1,
        expanded: bool = False,
        **kwargs: Any,
    ) -> None:
        # Variables stay in float32 under mixed precision until the kernel is collapsed.
        super().__init__(autocast=False, **kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.hidden = hidden
        self.strides = strides
        self.expanded = expanded

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = input_shape[-1]
        if channels is None:
            raise ValueError(f"The channel axis must be known. Received: {input_shape}")
        # Together the three have the variance 2 / fan-out of the one that they collapse to.
        project = math.sqrt(2 * channels / (self.hidden * self.filters))
        self.expand_kernel = self._kernel("expand_kernel", (channels, self.hidden), channels**-0.5)
        self.depthwise_kernel = self._kernel(
            "depthwise_kernel", (self.kernel_size,) * 2 + (self.hidden,), 1 / self.kernel_size
        )
        self.project_kernel = self._kernel("project_kernel", (self.hidden, self.filters), project)

    def collapsed_kernel(self) -> Any:
        """The kernel (k, k, C, filters) of the one equal convolution."""
        # A product that broadcasts and one of matrices: einsum and a stack of matrices take twice
        # as long, most of it backwards.
        wide = ops.expand_dims(self.depthwise_kernel, 2) * self.expand_kernel
        flat = ops.matmul(ops.reshape(wide, (-1, self.hidden)), self.project_kernel)
        return ops.reshape(flat, (*wide.shape[:3], self.filters))

    def call(self, inputs: Any) -> Any:
        inputs = ops.cast(inputs, self.compute_dtype)
        if self.expanded:
            return self._call_expanded(inputs)
        kernel = ops.cast(self.collapsed_kernel(), self.compute_dtype)
        return ops.conv(inputs, kernel, strides=self.strides, padding="same")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        sides = (None if side is None else -(-side // self.strides) for side in input_shape[1:3])
        return (input_shape[0], *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            hidden=self.hidden,
            strides=self.strides,
            expanded=self.expanded,
        )
        return config

    def _call_expanded(self, inputs: Any) -> Any:
        expand, depthwise, project = (
            ops.cast(kernel, self.compute_dtype)
            for kernel in (self.expand_kernel, self.depthwise_kernel, self.project_kernel)
        )
        wide = ops.matmul(inputs, expand)
        wide = ops.depthwise_conv(wide, depthwise[..., None], strides=self.strides, padding="same")
        return ops.matmul(wide, project)

    def _kernel(self, name: str, shape: tuple[int, ...], deviation: float) -> Any:
        initializer = keras.initializers.RandomNormal(stddev=deviation)
        return self.add_weight(shape=shape, initializer=initializer, name=name)

"""The collapsible linear block."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from sesr.catalog.sesr import Kernel, Padding, same_padding


@keras.saving.register_keras_serializable(package="sesr")
class CollapsibleLinearBlock(keras.layers.Layer):
    """A k x k convolution to many channels, then a 1 x 1 convolution back, collapsed to one.

    Nothing stands between the two convolutions, so together they are a single k x k
    convolution. The block trains the expanded weights, but convolves with the product of both
    kernels, recomputed at every call: the gradients are the same, and a step costs little more
    than a step of the small network.

    Args:
        filters: output channels.
        kernel_size: side k of the kernel, or its height and width; odd without `padding`.
        padding: zeros around the input, (above, below) and (left, right), which keep its size, or
            divide it by the stride; by default as many on either side.
        expansion: channels between the two convolutions, the paper's p.
        residual: add the block's input to its output (needs filters == input channels).
        expanded: run the two convolutions one after the other instead, which is what
            collapsing saves; kept to test and to measure against.
        stride: of the convolution, in both directions.

    Input: (N, H, W, C), sides that the stride divides. Output: (N, H / stride, W / stride,
    filters), zero-padded at the borders.

    Example:
        >>> block = CollapsibleLinearBlock(16, 3, expansion=256, residual=True)
        >>> tuple(block(keras.ops.ones((1, 8, 8, 16))).shape)
        (1, 8, 8, 16)

    Reference: Bhardwaj et al., "Collapsible Linear Blocks for Super-Efficient Super
    Resolution", MLSys 2022.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Kernel,
        expansion: int = 256,
        residual: bool = False,
        expanded: bool = False,
        padding: Padding | None = None,
        stride: int = 1,
        **kwargs: Any,
    ) -> None:
        # Variables stay in float32 under mixed precision until the kernel is collapsed.
        super().__init__(autocast=False, **kwargs)
        self.filters = filters
        self.kernel_size = _as_pair(kernel_size)
        self.stride = stride
        self.padding = _check_padding(padding, self.kernel_size, stride)
        self.expansion = expansion
        self.residual = residual
        self.expanded = expanded

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = input_shape[-1]
        if channels is None:
            raise ValueError(f"The channel axis must be known. Received: {input_shape}")
        if self.residual and channels != self.filters:
            raise ValueError(
                "residual=True needs as many filters as input channels. "
                f"Received: filters={self.filters}, input channels={channels}"
            )
        self.expand_kernel = self.add_weight(
            shape=(*self.kernel_size, channels, self.expansion), name="expand_kernel"
        )
        self.expand_bias = self.add_weight(
            shape=(self.expansion,), initializer="zeros", name="expand_bias"
        )
        self.project_kernel = self.add_weight(
            shape=(self.expansion, self.filters), name="project_kernel"
        )
        self.project_bias = self.add_weight(
            shape=(self.filters,), initializer="zeros", name="project_bias"
        )

    def collapsed_weights(self) -> tuple[Any, Any]:
        """The kernel (k, k, C, filters) and bias (filters,) of the one equal convolution.

        The short residual is part of the kernel: a one at the centre tap of each channel.
        """
        kernel = ops.einsum("ijcp,po->ijco", self.expand_kernel, self.project_kernel)
        if self.residual:
            kernel = kernel + self._identity_kernel(kernel.dtype)
        bias = ops.matmul(self.expand_bias, self.project_kernel) + self.project_bias
        return kernel, bias

    def call(self, inputs: Any) -> Any:
        if self.expanded:
            return self._call_expanded(inputs)
        kernel, bias = (ops.cast(w, self.compute_dtype) for w in self.collapsed_weights())
        inputs = ops.cast(inputs, self.compute_dtype)
        return self._convolve(inputs, kernel) + bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, *sides, _ = input_shape
        return (batch, *(side and side // self.stride for side in sides), self.filters)

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            expansion=self.expansion,
            residual=self.residual,
            expanded=self.expanded,
            padding=self.padding,
            stride=self.stride,
        )
        return config

    def _call_expanded(self, inputs: Any) -> Any:
        wide = self._convolve(inputs, self.expand_kernel) + self.expand_bias
        narrow = ops.matmul(wide, self.project_kernel) + self.project_bias
        return narrow + inputs if self.residual else narrow

    def _convolve(self, inputs: Any, kernel: Any) -> Any:
        if self.padding == same_padding(self.kernel_size, self.stride):
            return ops.conv(inputs, kernel, self.stride, padding="same")
        padded = ops.pad(inputs, [(0, 0), *self.padding, (0, 0)])
        return ops.conv(padded, kernel, self.stride)

    def _identity_kernel(self, dtype: str) -> Any:
        identity = ops.reshape(ops.eye(self.filters, dtype=dtype), (1, 1, self.filters, -1))
        return ops.pad(identity, [*self.padding, (0, 0), (0, 0)])


def _as_pair(kernel_size: int | Kernel) -> Kernel:
    if isinstance(kernel_size, int):
        return kernel_size, kernel_size
    height, width = kernel_size
    return height, width


def _check_padding(padding: Padding | None, kernel_size: Kernel, stride: int) -> Padding:
    if padding is None:
        if any(side % 2 == 0 for side in kernel_size):
            raise ValueError(
                f"kernel_size must be odd where no padding is given. Received: {kernel_size}"
            )
        return same_padding(kernel_size)
    # A list, as it comes out of a file, becomes a tuple.
    (above, below), (left, right) = padding
    if (above + below + stride, left + right + stride) != kernel_size:
        raise ValueError(
            "padding must keep the image's size or divide it by the stride, which takes a stride "
            f"less than the kernel has. Received: padding={padding}, kernel_size={kernel_size}, "
            f"stride={stride}"
        )
    return (above, below), (left, right)

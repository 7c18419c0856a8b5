"""A network as plain arrays: what is left of it when it is deployed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sesr.color import FloatImage
from sesr.errors import ModelError
from sesr.variants import Padding

if TYPE_CHECKING:
    import keras

FloatArray = FloatImage


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """A convolution and the activation behind it.

    Attributes:
        name: the layer's name.
        kernel: (h, w, inputs, outputs) float32.
        bias: (outputs,) float32.
        padding: zeros around the input, which keep its size.
        activation: "linear", "relu" or "prelu".
        slopes: (outputs,) of the PReLU; empty otherwise.
    """

    name: str
    kernel: FloatArray
    bias: FloatArray
    padding: Padding
    activation: str
    slopes: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PlainNetwork:
    """A collapsed SESR network.

    Attributes:
        convolutions: from the image to the last features before the shuffle.
        scale: 2 or 4.
        channels: 1 (Y) or 3 (RGB).
        feature_residual: the first convolution's output is added to the last one's input.
        image_residual: the image is added to every group of output channels.
        trained_ranges: of a quantisation-aware training, by the names of Keras' layers.
    """

    convolutions: tuple[Convolution, ...]
    scale: int
    channels: int
    feature_residual: bool
    image_residual: bool = True
    trained_ranges: dict[str, tuple[float, float]] | None = None

    @classmethod
    def from_keras(cls, model: keras.Model) -> PlainNetwork:
        """Take a SESR network, expanded or collapsed, out of Keras.

        Raises:
            ModelError: the model holds a layer that a SESR network has not, so that nothing is
                known about how to lower it.
        """
        from sesr.network.collapse import collapse, linear_blocks
        from sesr.network.model import FEATURE_RESIDUAL, UNCLIPPED

        plain = collapse(model) if linear_blocks(model) else model
        _check_layers(plain)
        return cls(
            tuple(_convolutions(plain)),
            plain.get_layer(UNCLIPPED).scale,
            plain.input_shape[-1],
            any(layer.name == FEATURE_RESIDUAL for layer in plain.layers),
        )

    @property
    def receptive_radius(self) -> int:
        """Low-resolution pixels around a pixel that can change its output: the halo of a tile."""
        axes = zip(*(convolution.padding for convolution in self.convolutions), strict=True)
        reaches = [sum(pads) for axis in axes for pads in zip(*axis, strict=True)]
        return int(max(reaches))

    @property
    def macs_per_pixel(self) -> int:
        """Multiply-accumulates of the convolutions for one low-resolution pixel."""
        return sum(int(convolution.kernel.size) for convolution in self.convolutions)

    @property
    def features(self) -> int:
        """Channels between the convolutions."""
        return int(self.convolutions[0].kernel.shape[-1])

    def with_convolutions(self, convolutions: list[Convolution]) -> PlainNetwork:
        """The same network with other convolutions."""
        return replace(self, convolutions=tuple(convolutions))


def _convolutions(model: keras.Model) -> list[Convolution]:
    """The convolutions of a collapsed network in order, each with what follows it."""
    import keras

    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    return [_convolution(model, layer) for layer in layers]


def _convolution(model: keras.Model, layer: Any) -> Convolution:
    from sesr.network.linear_block import same_padding

    kernel, bias = (np.asarray(weight, np.float32) for weight in layer.get_weights())
    padding = same_padding(kernel.shape[:2])
    if layer.padding == "valid":
        padding = model.get_layer(f"{layer.name}_pad").padding
    names = {other.name: other for other in model.layers}
    follower = names.get(layer.name.replace("block_", "activation_"))
    slopes = np.empty(0, np.float32)
    activation = "linear"
    if follower is not None and layer.name.startswith("block_"):
        activation = type(follower).__name__.lower()
        if activation == "prelu":
            slopes = np.asarray(follower.get_weights()[0], np.float32).reshape(-1)
    return Convolution(layer.name, kernel, bias, padding, activation, slopes)


def _check_layers(model: keras.Model) -> None:
    known = {
        *("InputLayer", "Rescaling", "Conv2D", "ZeroPadding2D", "ReLU", "PReLU", "Add"),
        *("Concatenate", "DepthToSpace"),
    }
    for layer in model.layers:
        if type(layer).__name__ not in known:
            raise ModelError(
                f"no lowering covers layer {layer.name!r} of kind {type(layer).__name__}; "
                f"the export takes networks of {', '.join(sorted(known))}"
            )

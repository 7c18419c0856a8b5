"""A network as plain arrays: what is left of it when it is deployed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sesr.catalog.sesr import Padding, radius_of, same_padding
from sesr.errors import ModelError
from sesr.pixels.levels import CENTERED_RANGE, IMAGE_RANGE, Range

if TYPE_CHECKING:
    import keras

FloatArray = npt.NDArray[np.float32]


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
        stride: in both directions.
    """

    name: str
    kernel: FloatArray
    bias: FloatArray
    padding: Padding
    activation: str
    slopes: FloatArray
    stride: int = 1

    @property
    def is_same(self) -> bool:
        """Whether the padding is the one that frameworks call "same"."""
        return self.padding == same_padding(self.kernel.shape[:2], self.stride)


@dataclass(frozen=True, slots=True, eq=False)
class PlainNetwork:
    """A collapsed SESR network, or FSRCNN with its deconvolution rewritten.

    Attributes:
        convolutions: from the image to the last features before the shuffle.
        scale: 2 or 4; 1 of a network whose first convolution has a stride.
        channels: 1 (Y) or 3 (RGB).
        feature_residual: the first convolution's output is added to the last one's input.
        image_residual: the image is added to every group of output channels; behind the shuffle
            where there is a stride.
        shift: what the network subtracts from the image: 0.5, or 0 in FSRCNN.
        zero: what images are less before they come in: 0 as trained, see `sesr.lowering.ways`.
        clipped: the network limits its output to `image_range`.
        trained_ranges: of a quantisation-aware training, by the names of Keras' layers.
    """

    convolutions: tuple[Convolution, ...]
    scale: int
    channels: int
    feature_residual: bool
    image_residual: bool = True
    shift: float = 0.5
    zero: float = 0.0
    clipped: bool = True
    trained_ranges: dict[str, Range] | None = None

    @classmethod
    def from_keras(cls, model: keras.Model) -> PlainNetwork:
        """Take a network of the family out of Keras: as it trains, as it runs, or as it rounds.

        Raises:
            ModelError: the model holds a layer that no network of the family has, so that nothing
                is known about how to lower it.
        """
        from sesr.network.quantization_aware import is_quantization_aware, trained_ranges
        from sesr.network.runnable import make_runnable, network_scale
        from sesr.network.sesr import FEATURE_RESIDUAL, IMAGE_RESIDUAL

        plain = make_runnable(model)
        _check_layers(plain)
        layers = {layer.name: layer for layer in plain.layers}
        convolutions = tuple(_convolutions(plain))
        return cls(
            convolutions,
            network_scale(plain),
            plain.input_shape[-1],
            FEATURE_RESIDUAL in layers,
            IMAGE_RESIDUAL in layers or convolutions[0].stride > 1,
            -float(layers["shift"].offset) if "shift" in layers else 0.0,
            trained_ranges=trained_ranges(plain) if is_quantization_aware(plain) else None,
        )

    @property
    def image_range(self) -> Range:
        """Lowest and highest pixel, less `zero`: 256 levels, one of which is 0."""
        return CENTERED_RANGE if self.zero else IMAGE_RANGE

    @property
    def stride(self) -> int:
        """Pixels of the image, along one side, that a place of the features stands for."""
        return self.convolutions[0].stride

    @property
    def block(self) -> int:
        """Side of the block of output pixels that a place of the features becomes."""
        return self.scale * self.stride

    @property
    def receptive_radius(self) -> int:
        """Low-resolution pixels around a pixel that can change its output: the halo of a tile."""
        return radius_of((convolution.padding for convolution in self.convolutions), self.stride)

    @property
    def macs_per_pixel(self) -> int:
        """Multiply-accumulates of the convolutions for one low-resolution pixel."""
        places = sum(int(convolution.kernel.size) for convolution in self.convolutions)
        return places // self.stride**2

    @property
    def features(self) -> int:
        """Channels between the convolutions."""
        return int(self.convolutions[0].kernel.shape[-1])

    def with_convolutions(self, convolutions: list[Convolution]) -> PlainNetwork:
        """The same network with other convolutions."""
        return replace(self, convolutions=tuple(convolutions))


def activation_name(convolution: str) -> str:
    """Name of the layer that activates a convolution's output, if there is one.

    Example:
        >>> activation_name("block_3"), activation_name("map_3")
        ('activation_3', 'activation_map_3')
    """
    return f"activation_{convolution.removeprefix('block_')}"


def _convolutions(model: keras.Model) -> list[Convolution]:
    """The convolutions of a network that runs in order, each with what follows it."""
    import keras

    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    return [_convolution(model, layer) for layer in layers]


def _convolution(model: keras.Model, layer: Any) -> Convolution:
    kernel, bias = (np.asarray(weight, np.float32) for weight in layer.get_weights())
    padding = same_padding(kernel.shape[:2], layer.strides[0])
    if layer.padding == "valid":
        padding = model.get_layer(f"{layer.name}_pad").padding
    names = {other.name: other for other in model.layers}
    follower = names.get(activation_name(layer.name))
    slopes = np.empty(0, np.float32)
    activation = "linear"
    if follower is not None:
        activation = type(follower).__name__.lower()
        if activation == "prelu":
            slopes = np.asarray(follower.get_weights()[0], np.float32).reshape(-1)
    return Convolution(layer.name, kernel, bias, padding, activation, slopes, layer.strides[0])


def _check_layers(model: keras.Model) -> None:
    known = {
        *("InputLayer", "Rescaling", "Conv2D", "ZeroPadding2D", "ReLU", "PReLU", "Add"),
        *("Concatenate", "DepthToSpace", "LevelConv2D", "Levels"),
    }
    for layer in model.layers:
        if type(layer).__name__ not in known:
            raise ModelError(
                f"no lowering covers layer {layer.name!r} of kind {type(layer).__name__}; "
                f"the export takes networks of {', '.join(sorted(known))}"
            )

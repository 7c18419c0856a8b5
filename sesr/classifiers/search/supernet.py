"""The network that a search trains: every block between its two forms, by a slope of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sesr.classifiers.bottleneck import CollapsibleBottleneck
from sesr.classifiers.search.slope import Slope
from sesr.classifiers.staged import BlockLayers, assemble_blocks
from sesr.classifiers.stages import Block, Bottleneck, StagedNetwork


def build_supernet(
    spec: StagedNetwork, classes: int, *, start: float = 0.5, dtype: str = "float32"
) -> keras.Model:
    """Build a network whose blocks have a slope each.

    At 1, a block is one linear function behind an activation, the collapsible block; at 0, it has
    its activations inside, with a normalisation before each, as MobileNetV2.

    Args:
        spec: its stages; which blocks are collapsed there does not matter.
        classes: of the answer.
        start: all slopes to begin with.
        dtype: Keras' dtype policy of all but the answer.

    Returns:
        A model from (N, size, size, 3), pixel / 127.5 - 1, to logits (N, classes), float32.
    """
    return assemble_blocks(_SlopedLayers(spec, dtype, False, start), classes, spec.size)


def slopes_of(supernet: keras.Model) -> list[Slope]:
    """The slope of every block, from the input to the output."""
    return [layer for layer in supernet.layers if isinstance(layer, Slope)]


def take_weights(supernet: keras.Model, network: keras.Model) -> None:
    """Give a network of chosen blocks the weights that were found with the slopes.

    Where every slope is at the end that was chosen, both then answer the same.

    Args:
        supernet: what `build_supernet` returned.
        network: what `build_staged` returned for the same stages with any choice; changed in place.
    """
    for layer in network.layers:
        if isinstance(layer, CollapsibleBottleneck):
            layer.set_weights(_bottleneck_weights(supernet, layer))
        elif layer.weights:
            # What ends a block has one name in both of its forms here.
            name = layer.name.replace("_project_norm", "_norm")
            layer.set_weights(supernet.get_layer(name).get_weights())


def _bottleneck_weights(supernet: keras.Model, layer: CollapsibleBottleneck) -> list[Any]:
    """Its three kernels, where the supernet has one layer for each."""
    depthwise, project = (
        np.squeeze(supernet.get_layer(f"{layer.name}_{part}").get_weights()[0])
        for part in ("depthwise", "project")
    )
    try:
        expand = supernet.get_layer(f"{layer.name}_expand").get_weights()[0][0, 0]
    except ValueError:
        # A bottleneck that is as wide inside as its input has nothing to expand.
        expand = np.eye(layer.hidden)
    return [expand, depthwise, project]


@dataclass(frozen=True, slots=True)
class _SlopedLayers(BlockLayers):
    """Makes blocks with slopes.

    Attributes:
        start: all slopes to begin with.
    """

    start: float = 0.5

    def block(self, inputs: Any, block: Block, name: str) -> Any:
        """One block, with the addition of its input where it has one."""
        slope = Slope(self.start, name=f"{name}_slope", dtype=self.dtype)
        x = inputs
        for index, one in enumerate(block.bottlenecks):
            part = name if len(block.bottlenecks) == 1 else f"{name}_{'ab'[index]}"
            before = x if index else self.norm(f"{part}_before")(x)
            x = slope(self.activation(part)(before), x)
            x = self.norm(part)(self._inside(x, one, part, slope))
        if block.residual:
            x = keras.layers.Add(name=f"{name}_add", dtype=self.dtype)([x, inputs])
        return x

    def _inside(self, x: Any, one: Bottleneck, name: str, slope: Slope) -> Any:
        """The three convolutions, linear at a slope of 1."""
        if one.hidden != one.channels:
            wide = self.convolution(one.hidden, 1, f"{name}_expand")(x)
            x = self._bent(wide, f"{name}_expand", slope)
        # As large as what it takes: what is not normalized must not vanish beside what is.
        initializer = keras.initializers.RandomNormal(stddev=1 / one.kernel)
        depthwise = self.depthwise(one.kernel, f"{name}_depthwise", one.stride, initializer)
        x = self._bent(depthwise(x), f"{name}_depthwise", slope)
        return self.convolution(one.filters, 1, f"{name}_project")(x)

    def _bent(self, x: Any, name: str, slope: Slope) -> Any:
        """A convolution's output with norm and activation, as far as the slope is not 1."""
        return slope(x, self.activation(name)(self.norm(name)(x)))

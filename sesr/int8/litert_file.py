"""From a Keras network to the LiteRT file that is published with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sesr.int8.fake_quantizer import FakeQuantizer
from sesr.int8.ranges import translate_ranges
from sesr.lowering import PlainNetwork, convert_network, native_lowering

if TYPE_CHECKING:
    import keras

ANY_SHAPE = (None, None, None)


def to_litert(model: keras.Model) -> bytes:
    """Convert a network to a LiteRT file that takes any image size, float32 in [0, 1].

    It is brought into the form that runs first: an expanded network is collapsed. A
    quantisation-aware one becomes a file that computes in int8, with the ranges that it was
    trained with, and takes and gives float32.

    Args:
        model: what `build_network`, `make_runnable` or `quantization_aware` returned.

    Returns:
        The file's content; equal weights give equal content.

    Raises:
        ModelError: no lowering covers a layer of the model.
    """
    network = PlainNetwork.from_keras(model)
    lowering = native_lowering(network)
    if network.trained_ranges is None:
        return convert_network(network, lowering, ANY_SHAPE)
    hooks = FakeQuantizer(translate_ranges(network, network.trained_ranges))
    # The last range ends at 0 and 1, so that int8 numbers need no clip.
    unclipped = replace(network, clipped=False)
    return convert_network(unclipped, lowering, ANY_SHAPE, "int8 inside", hooks)

"""From a Keras network to the LiteRT file that is published with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr.int8.fake_quantizer import FakeQuantizer
from sesr.int8.ranges import translate_ranges
from sesr.lowering import PlainNetwork, convert_network, native_lowering, prepare

if TYPE_CHECKING:
    import keras

ANY_SHAPE = (None, None, None)


def to_litert(model: keras.Model) -> bytes:
    """Convert a network to a LiteRT file that takes any image size.

    It is brought into the form that runs first: an expanded network is collapsed. The file takes
    and gives float32 in [0, 1]; that of a quantisation-aware network int8, `pixel - 128`, with
    which it computes throughout, with the ranges that it was trained with.

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
    prepared = prepare(network, lowering)
    hooks = FakeQuantizer(translate_ranges(prepared, network.trained_ranges))
    return convert_network(prepared, lowering, ANY_SHAPE, "int8", hooks)

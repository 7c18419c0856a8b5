"""How a network is computed with the operators that micro-NPUs have.

Images of SESR are handled in *centred* values, (pixel - 128) / 255, float32 in [-128/255, 127/255]:
as int8 of scale 1/255 and zero point 0 that is `pixel - 128`, on both sides of the network. The
zeros with which convolutions pad are then a gray of 128/255 where training padded with 0.5. FSRCNN
subtracts nothing and pads with black: its zero point is -128, and int8 is `pixel - 128` as well.

Depth-to-space is no operator of Ethos-U. Two others stand for it, both exact in int8; FSRCNN, which
ends in a deconvolution, can be computed as it was published instead:

    transposed      a 2x2 transposed convolution of stride 2 with ones for weights, twice for x4
    reshape         reshape to rows of blocks, transpose, reshape
    deconvolution   the last convolution and the shuffle as one transposed convolution, x2 only

The image, which the network adds to every output pixel, joins in one of three ways:

    add          an addition of its own, before the shuffle
    concat       as channels beside the output of the last convolution, which the transposed
                 convolution adds up: the addition costs nothing then
    channel      as features that every convolution hands on, if the network has ReLUs, no
                 addition of features, and channels to spare in the group of 16 that the NPU
                 stores: it costs nothing at all
    none         FSRCNN adds no image
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sesr.errors import ModelError
from sesr.lowering.hooks import Hooks, Untouched
from sesr.lowering.plain_network import CENTRE, Convolution, PlainNetwork
from sesr.lowering.shuffle import DECONVOLUTION, NATIVE, deconvolve, shuffle
from sesr.network.layers.linear_block import same_padding

CHANNEL_GROUP = 16
"""Channels that Ethos-U stores together."""

LARGEST_RESHAPE = 65_536
"""Largest dimension of a tensor on the NPU, which limits the pixels of a reshaped tile."""


@dataclass(frozen=True, slots=True)
class Lowering:
    """One way to compute a network.

    Attributes:
        shuffle: "transposed", "reshape", "deconvolution", or "native" for CPUs.
        join: "add", "concat", "channel" or "none".
    """

    shuffle: str
    join: str


def possible_lowerings(network: PlainNetwork, height: int, width: int) -> list[Lowering]:
    """Every lowering that a network admits for a tile of height x width pixels."""
    if network.image_residual:
        shuffles = {"transposed": ["add", "concat"], "reshape": ["add"]}
    else:
        shuffles = {"transposed": ["none"], "reshape": ["none"]}
        if network.scale == 2:
            shuffles[DECONVOLUTION] = ["none"]
    found = []
    for kind, joins in shuffles.items():
        if kind == "reshape" and height * width > LARGEST_RESHAPE:
            continue
        if _has_spare_channels(network):
            joins = [*joins, "channel"]
        found += [Lowering(kind, join) for join in joins]
    return found


def native_lowering(network: PlainNetwork) -> Lowering:
    """The lowering for CPUs."""
    return Lowering(NATIVE, "add" if network.image_residual else "none")


def prepare(network: PlainNetwork, lowering: Lowering) -> PlainNetwork:
    """Rewrite the weights of a network for centred images and for the way the image joins.

    Raises:
        ModelError: the network does not admit the lowering.
    """
    if network.channels * network.scale**2 != network.convolutions[-1].kernel.shape[-1]:
        raise ModelError(
            f"the last convolution must have channels * scale**2 outputs; received "
            f"{network.convolutions[-1].kernel.shape[-1]} for x{network.scale}"
        )
    centred = _centre(network)
    if lowering.join != "channel":
        return centred
    if not _has_spare_channels(network):
        raise ModelError(
            f"the image cannot be a channel of this network: that needs ReLUs, no addition of "
            f"features, and {network.channels} of {CHANNEL_GROUP} channels to spare; "
            f"received {network.features} features"
        )
    return _carry_image(centred)


def run(network: PlainNetwork, lowering: Lowering, image: Any, hooks: Hooks | None = None) -> Any:
    """Compute a prepared network in TensorFlow.

    Args:
        network: what `prepare` returned.
        lowering: the way.
        image: (1, H, W, C), less the network's `zero`.
        hooks: called on every kernel and feature map.

    Returns:
        (1, H * scale, W * scale, C), less `zero`, not clipped.
    """
    import tensorflow as tf

    seen = hooks or Untouched()
    first, *inner, last = network.convolutions
    image = seen.activation("image", image)
    features = _convolve(image, first, seen)
    deep = features
    for convolution in inner:
        deep = _convolve(deep, convolution, seen)
    if network.feature_residual:
        deep = seen.activation("deep", deep + features)
    if lowering.shuffle == DECONVOLUTION:
        return deconvolve(deep, last, network.channels, seen)
    packed = _convolve(deep, last, seen)
    if network.image_residual and lowering.join == "add":
        packed = seen.activation("sum", packed + _repeat(image, network.scale**2))
    if network.image_residual and lowering.join == "concat":
        packed = seen.activation("joined", tf.concat([packed, image], -1))
    return shuffle(packed, network.scale, network.channels, lowering.shuffle, seen)


def run_as_trained(network: PlainNetwork, image: Any) -> Any:
    """Compute a network in TensorFlow exactly as it was trained, for CPUs.

    Args:
        network: not prepared.
        image: (1, H, W, C) in [0, 1], of any size.

    Returns:
        (1, H * scale, W * scale, C) in [0, 1].
    """
    import tensorflow as tf

    silent = Untouched()
    first, *inner, last = network.convolutions
    features = _convolve(image - network.shift if network.shift else image, first, silent)
    deep = features
    for convolution in inner:
        deep = _convolve(deep, convolution, silent)
    if network.feature_residual:
        deep = deep + features
    packed = _convolve(deep, last, silent)
    if network.image_residual:
        packed = packed + _repeat(image, network.scale**2)
    return tf.clip_by_value(tf.nn.depth_to_space(packed, network.scale), 0.0, 1.0)


def _convolve(value: Any, convolution: Convolution, hooks: Hooks) -> Any:
    import tensorflow as tf

    kernel = hooks.kernel(convolution.name, convolution.kernel)
    same = convolution.padding == same_padding(convolution.kernel.shape[:2])
    padding = "SAME" if same else [[0, 0], *map(list, convolution.padding), [0, 0]]
    value = tf.nn.conv2d(value, kernel, 1, padding) + convolution.bias
    if convolution.activation == "relu":
        value = tf.nn.relu(value)
    if convolution.activation == "prelu":
        before = hooks.activation(f"{convolution.name}_before", value)
        # The converter recognises this very form, with slopes of this shape, as one PReLU.
        slopes = convolution.slopes.reshape(1, 1, -1)
        value = tf.nn.relu(before) + tf.nn.relu(-before) * -slopes
    return hooks.activation(convolution.name, value)


def _repeat(image: Any, times: int) -> Any:
    """The image once for every group of output channels; one channel broadcasts by itself."""
    import tensorflow as tf

    return image if image.shape[-1] == 1 else tf.concat([image] * times, -1)


def _centre(network: PlainNetwork) -> PlainNetwork:
    """Move what the trained network shifts the image further into the first bias."""
    first, *others = network.convolutions
    change = (network.zero - np.float32(network.shift)) * first.kernel.sum((0, 1, 2))
    return network.with_convolutions([replace(first, bias=first.bias + change), *others])


def _has_spare_channels(network: PlainNetwork) -> bool:
    spare = -network.features % CHANNEL_GROUP
    relu = all(c.activation == "relu" for c in network.convolutions[1:-1])
    # A quantisation-aware training has not rounded an image among the features.
    joins = network.image_residual and not network.feature_residual
    joins = joins and network.trained_ranges is None
    return joins and relu and spare >= network.channels


def _carry_image(network: PlainNetwork) -> PlainNetwork:
    """Give every convolution channels that carry the image along.

    Behind the first one, which has no ReLU, it is centred as the other features are; from the
    second one on it is lifted above zero. Both fill the 256 levels of int8 exactly.
    """
    first, second, *others, last = network.convolutions
    count = network.channels
    widened = [
        _with_identity(first, count, inputs=0),
        _with_identity(second, count, inputs=count, bias=CENTRE),
        *(_with_identity(convolution, count, inputs=count) for convolution in others),
    ]
    # The last one hands the image to every group of its outputs.
    kernel = np.pad(last.kernel, [(0, 0), (0, 0), (0, count), (0, 0)])
    (above, _), (left, _) = last.padding
    for channel in range(count):
        kernel[above, left, last.kernel.shape[2] + channel, channel::count] = 1
    widened.append(replace(last, kernel=kernel, bias=last.bias - CENTRE))
    return replace(network.with_convolutions(widened), image_residual=False)


def _with_identity(
    convolution: Convolution, count: int, inputs: int, bias: np.float32 | float = 0.0
) -> Convolution:
    """Add outputs that copy the last inputs (all inputs of the first convolution)."""
    kernel = np.pad(convolution.kernel, [(0, 0), (0, 0), (0, inputs), (0, count)])
    (above, _), (left, _) = convolution.padding
    for channel in range(count):
        kernel[above, left, channel - count, channel - count] = 1
    biases = np.concatenate([convolution.bias, np.full(count, bias, np.float32)])
    return replace(convolution, kernel=kernel, bias=biases)

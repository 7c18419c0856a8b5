"""The ways to compute a network with the operators that micro-NPUs have.

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

import numpy as np

from sesr.errors import ModelError
from sesr.lowering.plain_network import Convolution, PlainNetwork
from sesr.lowering.shuffle import DECONVOLUTION, NATIVE
from sesr.pixels.levels import CENTER

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

    def __str__(self) -> str:
        return f"{self.shuffle}, {self.join}"


def possible_lowerings(network: PlainNetwork, height: int, width: int) -> list[Lowering]:
    """Every lowering that a network admits for a tile of height x width pixels."""
    if network.stride > 1:
        shuffles = {"transposed": ["add"], "reshape": ["add"]}
    elif network.image_residual:
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
    """Rewrite a network for the images of int8 and for the way the image joins.

    Args:
        network: as it was trained.
        lowering: the way.

    Returns:
        A network whose `zero` is the pixel with which convolutions pad on the NPU, the gray of
        128/255 or black, and which leaves it to int8 to clip.

    Raises:
        ModelError: the network does not admit the lowering.
    """
    if network.channels * network.block**2 != network.convolutions[-1].kernel.shape[-1]:
        raise ModelError(
            f"the last convolution must have channels * block**2 outputs; received "
            f"{network.convolutions[-1].kernel.shape[-1]} for a block of {network.block}"
        )
    centered = _center(network)
    if lowering.join != "channel":
        return centered
    if not _has_spare_channels(network):
        raise ModelError(
            f"the image cannot be a channel of this network: that needs ReLUs, no addition of "
            f"features, and {network.channels} of {CHANNEL_GROUP} channels to spare; "
            f"received {network.features} features"
        )
    return _carry_image(centered)


def _center(network: PlainNetwork) -> PlainNetwork:
    """Take the image as int8 has it; what the network subtracts goes into the first bias."""
    first, *others = network.convolutions
    zero = CENTER if network.shift else 0.0
    change = (np.float32(zero) - np.float32(network.shift)) * first.kernel.sum((0, 1, 2))
    convolutions = (replace(first, bias=first.bias + change), *others)
    # The 256 levels of the output are its limits.
    return replace(network, convolutions=convolutions, shift=0.0, zero=zero, clipped=False)


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
        _with_identity(second, count, inputs=count, bias=np.float32(CENTER)),
        *(_with_identity(convolution, count, inputs=count) for convolution in others),
    ]
    # The last one hands the image to every group of its outputs.
    kernel = np.pad(last.kernel, [(0, 0), (0, 0), (0, count), (0, 0)])
    (above, _), (left, _) = last.padding
    for channel in range(count):
        kernel[above, left, last.kernel.shape[2] + channel, channel::count] = 1
    widened.append(replace(last, kernel=kernel, bias=last.bias - np.float32(CENTER)))
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

"""Building any network of the family by its name."""

from __future__ import annotations

import keras

from sesr.catalog.fsrcnn import FsrcnnVariant
from sesr.catalog.networks import get_variant
from sesr.network.fsrcnn import build_fsrcnn
from sesr.network.sesr import build_sesr


def build_network(
    name: str, scale: int, channels: int = 1, activation: str = "relu", *, dtype: str = "float32"
) -> keras.Model:
    """Build a trainable network: a SESR, or FSRCNN, the baseline.

    Args:
        name: one that `sesr.catalog.networks.get_variant` finds.
        scale: 2 or 4; 1 of a network that cleans and enlarges nothing.
        channels: 1 for the Y channel, 3 for RGB.
        activation: "relu" or "prelu".
        dtype: Keras' dtype policy; "mixed_bfloat16" trains faster on processors that have it.

    Returns:
        As `sesr.network.sesr.build_sesr`.

    Raises:
        UsageError: unknown name, scale, number of channels or activation.

    Example:
        >>> build_network("FSRCNN", scale=4).name
        'fsrcnn_x4'
    """
    spec = get_variant(name)
    if isinstance(spec, FsrcnnVariant):
        return build_fsrcnn(spec, scale, channels, activation, dtype=dtype)
    return build_sesr(spec.name, scale, channels, activation, dtype=dtype)

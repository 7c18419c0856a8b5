"""FSRCNN as it was published, which is what super-efficient networks are compared with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sesr.lowering.plain_network import Convolution, PlainNetwork

SLOPE = np.float32(0.1)
"""Of the PReLUs that take the place of ReLUs; any other would take the same time."""


def with_prelu(network: PlainNetwork) -> PlainNetwork:
    """A network with PReLUs for its ReLUs: not as good, but as slow as one that has them."""
    return network.with_convolutions([_activated(one) for one in network.convolutions])


def _activated(convolution: Convolution) -> Convolution:
    if convolution.activation != "relu":
        return convolution
    slopes = np.full(convolution.bias.shape, SLOPE, np.float32)
    return replace(convolution, activation="prelu", slopes=slopes)

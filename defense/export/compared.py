"""The networks that an exported one is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sesr.errors import SesrError
from sesr.export.source import TrainedSource, find_source
from sesr.lowering import DECONVOLUTION, Convolution, PlainNetwork

SCALE = 2
"""How many times the defences without votes enlarge, and the networks that are compared with."""

COMPARED = ("M2", "M3", "M5")
BASELINE = "FSRCNN"

SLOPE = np.float32(0.1)
"""Of the PReLUs that take the place of ReLUs; any other would take the same time."""


@dataclass(frozen=True, slots=True)
class ComparedNetwork:
    """A network of super resolution.

    Attributes:
        name: for the table.
        network: as it was trained.
        shuffles: the only ones to choose from; all that the network admits if empty.
    """

    name: str
    network: PlainNetwork
    shuffles: tuple[str, ...] = ()


def compared_networks(source: TrainedSource) -> list[ComparedNetwork]:
    """Networks of the family, and the baseline as here and as it was published.

    Args:
        source: the network to export, which is left out.
    """
    found = []
    for name in COMPARED:
        network, same = _trained(name, source)
        if not same:
            found.append(network)
    baseline, same = _trained(BASELINE, source)
    name, deconvolution = baseline.name, (DECONVOLUTION,)
    return [
        *found,
        *([] if same else [baseline]),
        ComparedNetwork(f"{name}, deconvolution", baseline.network, deconvolution),
        ComparedNetwork(f"{name}, as published", with_prelu(baseline.network), deconvolution),
    ]


def with_prelu(network: PlainNetwork) -> PlainNetwork:
    """A network with PReLUs for its ReLUs: not as good, but as slow as one that has them."""
    return network.with_convolutions([_activated(one) for one in network.convolutions])


def _activated(convolution: Convolution) -> Convolution:
    if convolution.activation != "relu":
        return convolution
    slopes = np.full(convolution.bias.shape, SLOPE, np.float32)
    return replace(convolution, activation="prelu", slopes=slopes)


def _trained(name: str, source: TrainedSource) -> tuple[ComparedNetwork, bool]:
    """A network of the package, or an untrained one, and whether it is the one to export."""
    try:
        found = find_source(name, SCALE, 3)
    except SesrError:
        # Cycles depend on the weights only through their compression.
        return ComparedNetwork(f"{name} (untrained)", _untrained(name)), False
    same = found.path in (source.path, source.float_path)
    return ComparedNetwork(name, found.load(SCALE)), same


def _untrained(name: str) -> PlainNetwork:
    from sesr.network.build import build_network

    return PlainNetwork.from_keras(build_network(name, SCALE, 3))

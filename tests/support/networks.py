"""Networks for tests."""

from __future__ import annotations

from typing import Any

import numpy as np


def small_network(name: str, scale: int = 2, channels: int = 1, activation: str = "relu") -> Any:
    """An untrained network of the family with weights, biases and slopes that are all in play."""
    from sesr.network.build import build_network

    model = build_network(name, scale, channels, activation)
    random = np.random.default_rng(0)
    for variable in model.trainable_variables:
        spread = 0.05 if len(variable.shape) == 1 else 0.5 / np.sqrt(np.prod(variable.shape[:-1]))
        variable.assign(random.normal(0, spread, variable.shape))
    return model

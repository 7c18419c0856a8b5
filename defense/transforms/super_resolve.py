"""Super resolution as a defense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from defense.batch import Batch, check_batch
from defense.transforms.trained import find_trained
from sesr.catalog.shipped import TrainedModel, find_model
from sesr.errors import UsageError

PREFERRED = (3, 1)
"""Channels of the networks that a name stands for, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class SuperResolve:
    """Enlarge every image with a trained network.

    An RGB network takes the image as it is; of a network for luma (Y), the colours are enlarged
    by bicubic interpolation.

    Args:
        model: "M2", "M5", another name of `sesr models`, one of `defense.transforms.trained`,
            or a path of a model that `sesr train` or `sesr robustness train` wrote.
        scale: 2 or 4.
        channels: 3 (RGB) or 1 (Y). Left out, the RGB network is taken where there is one; the
            `repr` says which it is.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, H * scale, W * scale, 3), the same
    kind.

    Raises:
        UsageError: unknown model or scale, or no network of that many channels.
        ModelError: the path leads to no model.

    Example:
        >>> SuperResolve("M5", scale=2, channels=1)(np.zeros((2, 30, 40, 3), np.float32)).shape
        (2, 60, 80, 3)

    Reference: "Super-Efficient Super Resolution for Fast Adversarial Defense at the Edge",
    DATE 2022.
    """

    model: str = "M5"
    scale: int = 2
    channels: int | None = None

    def __post_init__(self) -> None:
        found = _find(self.model, self.scale, self.channels)
        # The usual way past the lock of a frozen dataclass, while the object is made.
        object.__setattr__(self, "channels", found.card.channels)

    def __call__(self, images: Batch) -> Batch:
        """Transform a batch: (N, H, W, 3) to (N, H * scale, W * scale, 3), float32 in [0, 1]."""
        images = check_batch(images, "SuperResolve")
        enlarge = _enlarger(self.model, self.scale, self.channels)
        # One image after the other: the network itself uses all cores.
        return np.stack([enlarge(image) for image in images])

    @property
    def trained(self) -> TrainedModel:
        """The network's files and card."""
        return _find(self.model, self.scale, self.channels)


def _find(model: str, scale: int, channels: int | None) -> TrainedModel:
    """The network of a name with the preferred number of channels, or the one at a path."""
    if channels not in (None, *PREFERRED):
        raise UsageError(
            f"the channels of SuperResolve must be 3 (RGB) or 1 (Y); received {channels!r}"
        )
    own = find_trained(model)
    if own is not None or Path(model).suffix:
        found = find_model(str(own.keras) if own else model, scale)
        if channels not in (None, found.card.channels):
            raise UsageError(
                f"{model}: this model has {found.card.channels} channels; received "
                f"channels={channels}: leave the channels out"
            )
        return found
    if channels is not None:
        return find_model(model, scale, channels)
    try:
        return find_model(model, scale, PREFERRED[0])
    except UsageError:
        return find_model(model, scale, PREFERRED[1])


@lru_cache(maxsize=4)
def _enlarger(model: str, scale: int, channels: int | None) -> Callable[[Batch], Batch]:
    """Preparing a network costs more than running it on a small image; equal ones are shared."""
    if channels == 1:
        from sesr.upscaler import Upscaler

        return Upscaler(str(_find(model, scale, channels).litert), scale)
    from sesr.engine.litert import LiteRTNetwork

    network = LiteRTNetwork(_find(model, scale, channels).litert)
    # The network's last step clips already; rounding in the runtime can carry past it.
    return lambda image: network(image).clip(0.0, 1.0)

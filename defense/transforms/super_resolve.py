"""Super resolution, and the cleaning of noise, as a defense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from defense.batch import GraphFunction, ImageBatch, check_batch
from defense.transforms.trained import find_trained
from sesr.catalog.shipped import TrainedModel, find_model, open_model
from sesr.errors import UsageError

_PREFERRED = (3, 1)
"""Channels of the networks that a name stands for, in the order in which they are tried."""

_SCALE = 2
"""Of the networks that a name stands for, where nothing else is asked for."""

_COLORS = {"y": 1, "rgb": 3}
"""Channels by the name that text has for them."""


@dataclass(frozen=True, slots=True)
class SuperResolve:
    """Enlarge every image with a trained network, or clean it with one that enlarges nothing.

    An RGB network takes the image as it is; of a network for luma (Y), the colours are enlarged
    by bicubic interpolation.

    Args:
        model: "M2", "M5", another name of `sesr models`, one of `defense.transforms.trained`,
            or a path of a model that `sesr train` or `sesr robustness train` wrote.
        scale: 2 or 4. Left out, it is 2 of a name of `sesr models`, and that of any other network.
        channels: 3 (RGB) or 1 (Y). Left out, the RGB network is taken where there is one; the
            `repr` says which it is.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, H * scale, W * scale, 3), the same
    kind.

    Raises:
        UsageError: unknown model or scale, no network of that many channels, or, when called, odd
            sides before a network that works at half the size.
        ModelError: the path leads to no model.

    Example:
        >>> SuperResolve("M5", scale=2, channels=1)(np.zeros((2, 30, 40, 3), np.float32)).shape
        (2, 60, 80, 3)

    Reference: "Super-Efficient Super Resolution for Fast Adversarial Defense at the Edge",
    DATE 2022.
    """

    model: str = "M5"
    scale: int | None = None
    channels: int | None = None
    stages: ClassVar[Mapping[str, str]] = {"sesr": "sesr:M5", "fsrcnn": "fsrcnn:x2"}

    def __post_init__(self) -> None:
        found = _find(self.model, self.scale, self.channels)
        # The usual way past the lock of a frozen dataclass, while the object is made.
        object.__setattr__(self, "scale", found.card.scale)
        object.__setattr__(self, "channels", found.card.channels)

    def __call__(self, images: ImageBatch) -> ImageBatch:
        """Transform a batch: (N, H, W, 3) to (N, H * scale, W * scale, 3), float32 in [0, 1]."""
        images = check_batch(images, "SuperResolve")
        self.check_sides(*images.shape[1:3])
        enlarge = _enlarger(self.model, self.scale, self.channels)
        # One image after the other: the network itself uses all cores.
        return np.stack([enlarge(image) for image in images])

    @classmethod
    def parse(cls, name: str, value: str) -> SuperResolve:
        """From "M5", "M5:y", "M5:rgb", "m2_gray" and paths; of FSRCNN from "x2"."""
        if name == "fsrcnn":
            return cls("FSRCNN", int(value.removeprefix("x")))
        model, _, color = value.rpartition(":")
        channels = _COLORS.get(color.lower())
        return cls(model, channels=channels) if model and channels else cls(value)

    def __str__(self) -> str:
        if self.model.upper() == "FSRCNN":
            return f"fsrcnn:x{self.scale}"
        color = next(name for name, channels in _COLORS.items() if channels == self.channels)
        return f"sesr:{self.model}:{color}"

    def graph(self, straight_through: bool) -> GraphFunction:
        """The collapsed network, with the colours of a luma network as matrix products."""
        network = _network(self)
        if self.channels != 3:
            return _enlarge_luma(network, self.trained.card.scale)

        def apply(images: Any) -> Any:
            self.check_sides(*images.shape[1:3])
            return network(images, training=False)

        return apply

    def check_sides(self, height: int | None, width: int | None) -> None:
        """Make sure that the network can take images of such sides; None is not known yet.

        Raises:
            UsageError: its stride does not divide them.
        """
        spec = self.trained.card.spec
        stride = spec.stride
        if (height or 0) % stride or (width or 0) % stride:
            raise UsageError(
                f"{spec.full_name} takes sides that {stride} divides; received {height}x{width}: "
                f"resize before it, as in bicubic:224,{self}"
            )

    @property
    def trained(self) -> TrainedModel:
        """The network's files and card."""
        return _find(self.model, self.scale, self.channels)


def _find(model: str, scale: int | None, channels: int | None) -> TrainedModel:
    """The network of a name with the preferred number of channels, or the one at a path."""
    if channels not in (None, *_PREFERRED):
        raise UsageError(
            f"the channels of SuperResolve must be 3 (RGB) or 1 (Y); received {channels!r}"
        )
    own = find_trained(model)
    if own is not None or Path(model).suffix:
        found = open_model(own.keras if own else Path(model), scale)
        if channels not in (None, found.card.channels):
            raise UsageError(
                f"{model}: this model has {found.card.channels} channels; received "
                f"channels={channels}: leave the channels out"
            )
        return found
    scale = scale or _SCALE
    if channels is not None:
        return find_model(model, scale, channels)
    try:
        return find_model(model, scale, _PREFERRED[0])
    except UsageError:
        return find_model(model, scale, _PREFERRED[1])


@lru_cache(maxsize=4)
def _enlarger(
    model: str, scale: int | None, channels: int | None
) -> Callable[[ImageBatch], ImageBatch]:
    """Preparing a network costs more than running it on a small image; equal ones are shared."""
    found = _find(model, scale, channels)
    if channels == 1:
        from sesr.upscaler import Upscaler

        return Upscaler(str(found.litert), found.card.scale, precision="float32")
    from sesr.engine.litert import LiteRTNetwork

    network = LiteRTNetwork(found.litert)
    # The network's last step clips already; rounding in the runtime can carry past it.
    return lambda image: network(image).clip(0.0, 1.0)


@lru_cache(maxsize=8)
def _network(transform: SuperResolve) -> Any:
    """The collapsed Keras network behind a transform; equal transforms share it."""
    from sesr.network.collapse import collapse, linear_blocks
    from sesr.network.load import load_network

    model = load_network(transform.trained.keras)
    network = collapse(model) if linear_blocks(model) else model
    network.trainable = False
    return network


def _enlarge_luma(network: Any, scale: int) -> GraphFunction:
    """What `sesr.Upscaler` does with RGB images, inside TensorFlow."""
    import tensorflow as tf

    from defense.transforms.sizes import apply_matrices
    from sesr.pixels.luma import BLACK, LUMA_WEIGHTS, RANGE

    def enlarge(images: Any) -> Any:
        luma = tf.einsum("nhwc,c->nhw", images, LUMA_WEIGHTS)[..., tf.newaxis]
        color = images - luma / RANGE
        rows, columns = (_chroma_matrix(images.shape[i], scale) for i in (1, 2))
        large = network(luma + BLACK, training=False)
        gray = (large - BLACK) / RANGE
        return tf.clip_by_value(gray + apply_matrices(color, rows, columns), 0.0, 1.0)

    return enlarge


@lru_cache(maxsize=64)
def _chroma_matrix(length: int, scale: int) -> npt.NDArray[np.float32]:
    """Weights of the bicubic that `sesr.Upscaler` enlarges colours with."""
    import cv2

    unit = np.eye(length, dtype=np.float32)
    size = (length, length * scale)
    return np.asarray(cv2.resize(unit, size, interpolation=cv2.INTER_CUBIC))

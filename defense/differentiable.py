"""Transforms as TensorFlow functions, with the gradients that an attack needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.transforms.base import Transform
from defense.transforms.compose import Compose
from defense.transforms.jpeg import Jpeg
from defense.transforms.random_resize import RandomResize
from defense.transforms.resampling import Method, resample
from defense.transforms.rescale import Rescale
from defense.transforms.resize import Resize
from defense.transforms.super_resolve import SuperResolve
from defense.transforms.wavelet import WaveletDenoise
from sesr.errors import UsageError
from sesr.pixels.luma import BLACK, LUMA_WEIGHTS, RANGE

Function = Callable[[Any], Any]
"""From a tensor (N, H, W, 3) to a tensor (N, H', W', 3), float32 in [0, 1]."""


def as_graph(transform: Transform, straight_through: bool = True) -> Function:
    """The TensorFlow function of a transform, equal to it up to rounding.

    Args:
        transform: super resolution and resizing become operations of TensorFlow, whose
            gradients are exact; JPEG, wavelets and any other callable run as they are.
        straight_through: let gradients pass the latter as if they did nothing (BPDA with the
            identity); without, they stop there and are zero.

    Raises:
        UsageError: while the function runs: another callable changes the size of the images, so
            that no gradient can pass it unchanged.

    Reference: A. Athalye, N. Carlini and D. Wagner, "Obfuscated Gradients Give a False Sense of
    Security", ICML 2018.
    """
    if isinstance(transform, Compose):
        stages = [as_graph(stage, straight_through) for stage in transform.transforms]
        return lambda images: _chain(stages, images)
    if isinstance(transform, Resize):
        return lambda images: resample_tensor(images, *transform.sides, transform.method)
    if isinstance(transform, RandomResize):
        return lambda images: _random_resize(images, transform)
    if isinstance(transform, Rescale):
        return lambda images: resample_tensor(
            images,
            images.shape[1] * transform.scale,
            images.shape[2] * transform.scale,
            transform.method,
        )
    if isinstance(transform, SuperResolve):
        return _super_resolve(transform)
    return lambda images: _outside(transform, images, straight_through)


def _chain(stages: list[Function], images: Any) -> Any:
    for stage in stages:
        images = stage(images)
    return images


def resample_tensor(images: Any, height: int, width: int, method: Method) -> Any:
    """Bring (N, H, W, C) to (N, height, width, C), as `transforms.resampling.resample` does."""
    if method == "nearest":
        rows, columns = (
            _indices(images.shape[axis], size) for axis, size in ((1, height), (2, width))
        )
        return tf.gather(tf.gather(images, rows, axis=1), columns, axis=2)
    vertical, horizontal = _matrix(images.shape[1], height), _matrix(images.shape[2], width)
    return tf.clip_by_value(_apply(images, vertical, horizontal), 0.0, 1.0)


def _apply(images: Any, rows: Any, columns: Any) -> Any:
    """Resample by a matrix (out, in) for each axis."""
    tall = tf.einsum("oh,nhwc->nowc", rows, images)
    return tf.einsum("pw,nowc->nopc", columns, tall)


@lru_cache(maxsize=64)
def _indices(length: int, out_length: int) -> npt.NDArray[np.intp]:
    """Which input position nearest neighbour takes for every output position."""
    # Resampling is linear, so resampling a ramp tells all there is to know about it.
    ramp = np.arange(length, dtype=np.float32).reshape(1, 1, -1, 1)
    return np.rint(resample(ramp, 1, out_length, "nearest").ravel()).astype(np.intp)


@lru_cache(maxsize=64)
def _matrix(length: int, out_length: int) -> npt.NDArray[np.float32]:
    """Weights (out, in) of antialiased bicubic along one axis, taken from Pillow itself."""
    from PIL import Image

    # Resampling is linear: what it makes of the unit vectors is its matrix.
    unit = Image.fromarray(np.eye(length, dtype=np.float32))
    resized = unit.resize((length, out_length), Image.Resampling.BICUBIC)
    return np.asarray(resized)


@lru_cache(maxsize=64)
def _chroma_matrix(length: int, scale: int) -> npt.NDArray[np.float32]:
    """Weights of the bicubic that `sesr.Upscaler` enlarges colours with."""
    unit = np.eye(length, dtype=np.float32)
    size = (length, length * scale)
    return np.asarray(cv2.resize(unit, size, interpolation=cv2.INTER_CUBIC))


def _super_resolve(transform: SuperResolve) -> Function:
    network = sr_network(transform)
    if transform.channels == 3:
        return lambda images: network(images, training=False)

    def enlarge(images: Any) -> Any:
        luma = tf.einsum("nhwc,c->nhw", images, LUMA_WEIGHTS)[..., tf.newaxis]
        color = images - luma / RANGE
        rows, columns = (_chroma_matrix(images.shape[i], transform.scale) for i in (1, 2))
        large = network(luma + BLACK, training=False)
        gray = (large - BLACK) / RANGE
        return tf.clip_by_value(gray + _apply(color, rows, columns), 0.0, 1.0)

    return enlarge


@lru_cache(maxsize=8)
def sr_network(transform: SuperResolve) -> Any:
    """The collapsed Keras network behind a transform; equal transforms share it."""
    from sesr.network.collapse import collapse, linear_blocks
    from sesr.network.load import load_network

    model = load_network(transform.trained.keras)
    network = collapse(model) if linear_blocks(model) else model
    network.trainable = False
    return network


def _random_resize(images: Any, transform: RandomResize) -> Any:
    """A size drawn anew at every run of the graph, not once when it is traced."""
    choice = tf.random.uniform((), 0, len(transform.sizes), tf.int32)
    branches = [
        lambda size=size: resample_tensor(images, size, size, "bicubic") for size in transform.sizes
    ]
    return tf.switch_case(choice, branches)


def _outside(transform: Transform, images: Any, straight_through: bool) -> Any:
    """Run a transform in NumPy, with a gradient that passes unchanged or is zero."""

    def run(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        out = np.asarray(transform(np.ascontiguousarray(values)), np.float32)
        if straight_through and out.shape != values.shape:
            raise UsageError(
                f"a straight-through gradient needs a transform that keeps the size; "
                f"{transform!r} makes {out.shape} of {values.shape}: "
                "pass straight_through=False"
            )
        return out

    @tf.custom_gradient
    def forward(x: Any) -> tuple[Any, Function]:
        y = tf.numpy_function(run, [x], tf.float32, stateful=False)
        if straight_through or isinstance(transform, Jpeg | WaveletDenoise):
            y.set_shape(x.shape)
        # Zeros rather than nothing: libraries stumble over a gradient that does not exist.
        shape = tf.shape(x)
        return y, lambda upstream: upstream if straight_through else tf.zeros(shape)

    return forward(images)

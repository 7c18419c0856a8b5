"""Transforms as TensorFlow functions, with the gradients that an attack needs.

A transform tells its own form in the method `graph`; what has none runs in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.batch import GraphFunction, ImageBatch
from sesr.errors import UsageError


def as_graph(
    transform: Callable[[ImageBatch], ImageBatch], straight_through: bool = True
) -> GraphFunction:
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
    graph = getattr(transform, "graph", None)
    if graph is None:
        return numpy_graph(transform, straight_through)
    function: GraphFunction = graph(straight_through)
    return function


def numpy_graph(
    transform: Callable[[ImageBatch], ImageBatch], straight_through: bool, keeps_size: bool = False
) -> GraphFunction:
    """Run a transform in NumPy, with a gradient that passes unchanged or is zero.

    Args:
        transform: any callable from batches to batches.
        straight_through: as for `as_graph`.
        keeps_size: whether images are known to come out as large as they went in.
    """

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
    def forward(x: Any) -> tuple[Any, GraphFunction]:
        y = tf.numpy_function(run, [x], tf.float32, stateful=False)
        if straight_through or keeps_size:
            y.set_shape(x.shape)
        # Zeros rather than nothing: libraries stumble over a gradient that does not exist.
        shape = tf.shape(x)
        return y, lambda upstream: upstream if straight_through else tf.zeros(shape)

    return lambda images: forward(images)

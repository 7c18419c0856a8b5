"""One optimiser step, or several in one dispatch, on the TensorFlow and the JAX backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np
from keras import ops

from sesr.errors import TrainingError, UsageError
from sesr.pixels.color import FloatImage

FLOOR = 1e-5
"""Added to a squared difference before its logarithm: flat crops, better than 50 dB already, do
not drown the others."""


class TrainStep(Protocol):
    """Runs as many optimiser steps as the leading axis of its arguments is long.

    Arguments are (K, N, h, w, C) and (K, N, h * scale, w * scale, C); the mean loss of the
    K steps comes back. `sync` brings the weights home to the Keras variables.
    """

    def __call__(self, low: FloatImage, high: FloatImage) -> float:
        """Train on a stack of batches; the mean loss."""

    def sync(self) -> None:
        """Write the weights to the Keras variables."""


def check_devices(devices: int, batch_size: int) -> None:
    """Make sure that several devices can share the crops of a step.

    Raises:
        UsageError: the backend is not JAX, there are not so many devices, or the crops cannot be
            shared alike.
    """
    if devices == 1:
        return
    backend = keras.backend.backend()
    if backend != "jax":
        raise UsageError(
            f"several devices train together on the Keras backend jax only; received {backend}: "
            "set the environment variable KERAS_BACKEND=jax"
        )
    there = len(keras.distribution.list_devices())
    if devices > there:
        raise UsageError(f"{devices} devices are asked for, and JAX sees {there} here")
    if batch_size % devices:
        raise UsageError(
            f"the crops of a step must be shared alike: {batch_size} are no multiple of "
            f"{devices} devices"
        )


def make_train_step(
    network: keras.Model, optimizer: keras.optimizers.Optimizer, loss: str, devices: int = 1
) -> TrainStep:
    """Compile a training step for the Keras backend in use.

    Args:
        network: the unclipped network.
        optimizer: built on the network's trainable variables.
        loss: "l1", "l2" or "psnr".
        devices: that share the crops of each step, as `check_devices` allows.

    Raises:
        TrainingError: the backend is neither TensorFlow nor JAX.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return TensorFlowStep(network, optimizer, loss)
    if backend == "jax":
        return JaxStep(network, optimizer, loss, devices)
    raise TrainingError(
        f"training runs on the Keras backends tensorflow and jax; received {backend!r}: "
        "set the environment variable KERAS_BACKEND"
    )


def pixel_loss(name: str, predicted: Any, target: Any) -> Any:
    """How far two batches of images (N, H, W, C) are from each other.

    Mean absolute difference (l1), mean squared difference (l2), or the mean over the images of
    the logarithm of their mean squared difference (psnr): what the benchmarks average, in which
    smooth images count as much as textured ones.
    """
    difference = predicted - target
    if name == "l1":
        return ops.mean(ops.abs(difference))
    squared = ops.square(difference)
    if name == "l2":
        return ops.mean(squared)
    return ops.mean(ops.log(ops.mean(squared, axis=(1, 2, 3)) + FLOOR))


class TensorFlowStep:
    """Training step on TensorFlow; the variables are always up to date."""

    def __init__(
        self, network: keras.Model, optimizer: keras.optimizers.Optimizer, loss: str
    ) -> None:
        import tensorflow as tf

        variables = network.trainable_variables

        def one(low: Any, high: Any) -> Any:
            with tf.GradientTape() as tape:
                value = pixel_loss(loss, network(low, training=True), high)
            gradients = tape.gradient(value, [v.value for v in variables])
            optimizer.apply(gradients, variables)
            return value

        # XLA is slower than TensorFlow's own kernels for these convolutions on CPUs.
        @tf.function(jit_compile=False)
        def several(low: Any, high: Any) -> Any:
            total = tf.zeros(())
            for index in tf.range(tf.shape(low)[0]):
                total += one(low[index], high[index])
            return total / tf.cast(tf.shape(low)[0], tf.float32)

        self._several = several

    def __call__(self, low: FloatImage, high: FloatImage) -> float:
        """Train on a stack of batches; the mean loss."""
        return float(self._several(low, high))

    def sync(self) -> None:
        """Nothing to do: the step writes to the variables themselves."""


class JaxStep:
    """Training step on JAX; the state lives on the devices until `sync`.

    Of several devices each has a copy of the state and takes a part of the crops; their mean
    gradient moves all copies alike.
    """

    def __init__(
        self, network: keras.Model, optimizer: keras.optimizers.Optimizer, loss: str, devices: int
    ) -> None:
        import jax

        self._variables = (
            network.trainable_variables,
            network.non_trainable_variables,
            optimizer.variables,
        )
        self._share = _sharing(devices)
        self._state = tuple(
            [self._share(v.value, None) for v in group] for group in self._variables
        )

        def loss_of(trainable: Any, fixed: Any, low: Any, high: Any) -> Any:
            predicted, _ = network.stateless_call(trainable, fixed, low, training=True)
            return pixel_loss(loss, predicted, high)

        def one(state: Any, batch: Any) -> Any:
            trainable, fixed, slots = state
            value, gradients = jax.value_and_grad(loss_of)(trainable, fixed, *batch)
            trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
            return (trainable, fixed, slots), value

        self._several = jax.jit(lambda state, batch: jax.lax.scan(one, state, batch))

    def __call__(self, low: FloatImage, high: FloatImage) -> float:
        """Train on a stack of batches; the mean loss."""
        batches = tuple(self._share(images, 1) for images in (low, high))
        self._state, losses = self._several(self._state, batches)
        return float(np.mean(losses))

    def sync(self) -> None:
        """Write the state on the device to the Keras variables."""
        for group, values in zip(self._variables, self._state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(np.asarray(value))


def _sharing(devices: int) -> Callable[[Any, int | None], Any]:
    """Gives every device its part of an array along an axis, or without one a copy of all."""
    if devices == 1:
        return lambda array, axis: array
    distribution = keras.distribution
    mesh = distribution.DeviceMesh((devices,), ["batch"], distribution.list_devices()[:devices])

    def share(array: Any, axis: int | None) -> Any:
        axes = ["batch" if number == axis else None for number in range(np.ndim(array))]
        layout = distribution.TensorLayout(axes, mesh)
        return distribution.distribute_tensor(array, layout)

    return share

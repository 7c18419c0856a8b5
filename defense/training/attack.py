"""The attack that training runs at every step, inside TensorFlow's graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

ImageLoss = Callable[[Any], Any]
"""From images (N, H, W, 3) to a loss (N,), which the attack raises."""


def descend(loss: ImageLoss, images: Any, epsilon: float, steps: int, seed: Any) -> Any:
    """PGD in the L-inf norm from a random start, with steps of 2.5 epsilon over their number.

    A single step is 1.25 epsilon long, as in fast adversarial training.

    Args:
        loss: what to raise.
        images: (N, H, W, 3), float32 in [0, 1].
        epsilon: bound, a fraction of full scale.
        steps: gradient steps.
        seed: (2,) whole numbers; the same ones give the same start.

    Returns:
        (N, H, W, 3) within epsilon of the images and within [0, 1], without gradient.

    Reference: A. Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks",
    ICLR 2018; E. Wong et al., "Fast is better than free", ICLR 2020.
    """
    size = epsilon * (1.25 if steps == 1 else 2.5 / steps)
    low = tf.maximum(images - epsilon, 0.0)
    high = tf.minimum(images + epsilon, 1.0)
    start = tf.random.stateless_uniform(tf.shape(images), seed, -epsilon, epsilon)
    found = tf.clip_by_value(images + start, low, high)
    for _ in range(steps):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(found)
            value = tf.reduce_sum(loss(found))
        gradient = tape.gradient(value, found)
        found = tf.clip_by_value(found + size * tf.sign(gradient), low, high)
    return tf.stop_gradient(found)

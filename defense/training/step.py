"""One optimiser step of the training of a defense."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from defense.batch import ImageBatch
from defense.differentiable import as_graph
from defense.parse import parse_defense
from defense.training.attack import descend
from defense.training.config import DefenseConfig
from defense.training.student import Student


class DefenseStep:
    """Moves the network of a student so that attacked photographs get the clean ones' answers.

    The loss is the Kullback-Leibler divergence of the classifier's answer behind the defense
    from its answer to the clean photograph, which is called stability, and where the configuration
    asks for them the squared error from what the teacher shows of that one, and the error of the
    classifier's maps of the two. Attacks through the defense raise the first, with the weights of
    the moment.

    Args:
        student: whose network is trained; nothing else of it is.
        optimizer: built on the network's trainable variables.
        config: of the run.

    Reference: H. Salman et al., "Denoised Smoothing: A Provable Defense for Pretrained
    Classifiers", NeurIPS 2020.
    """

    def __init__(
        self,
        student: Student,
        optimizer: keras.optimizers.Optimizer,
        config: DefenseConfig,
    ) -> None:
        variables = student.network.trainable_variables
        quiet = config.batch_size - config.adaptive

        def prepared(images: Any, truth: Any, seed: Any, epsilon: Any) -> Any:
            if not config.adaptive:
                return images
            attacked = descend(
                lambda x: divergence(truth[quiet:], student(x)),
                images[quiet:],
                epsilon,
                config.adaptive_steps,
                seed,
            )
            return tf.concat([images[:quiet], attacked], axis=0)

        teacher = as_graph(parse_defense(config.teacher))

        def seen_in(shown: Any) -> tuple[Any, list[Any]]:
            return student.features(shown) if config.features else (student.answer(shown), [])

        def loss_of(given: Any, wanted: Any, truth: Any, maps: list[Any]) -> Any:
            shown = student.show(given)
            logits, found = seen_in(shown)
            loss = tf.reduce_mean(divergence(truth, logits))
            if config.fidelity:
                loss += config.fidelity * tf.reduce_mean(tf.square(shown - wanted))
            return loss + config.features * map_error(found, maps) if maps else loss

        @tf.function(jit_compile=False)
        def step(images: Any, clean: Any, seed: Any, epsilon: Any) -> Any:
            wanted = teacher(clean)
            logits, maps = seen_in(wanted)
            truth = tf.nn.softmax(logits)
            given = prepared(images, truth, seed, epsilon)
            with tf.GradientTape() as tape:
                loss = loss_of(given, wanted, truth, maps)
            gradients = tape.gradient(loss, [v.value for v in variables])
            optimizer.apply(gradients, variables)
            return loss

        self._step = step

    def __call__(
        self,
        images: ImageBatch,
        clean: ImageBatch,
        seed: tuple[int, int],
        epsilon: float,
    ) -> float:
        """One step.

        Args:
            images: (N, S, S, 3), clean ones, those with noise and those to be attacked, in that
                order.
            clean: the same without noise; what the classifier says of them as the teacher shows
                them is what it shall say of all.
            seed: of the attacks' random starts.
            epsilon: their bound, a fraction of full scale.

        Returns:
            The mean loss before the step.
        """
        random, bound = np.array(seed, np.int32), np.array(epsilon, np.float32)
        return float(self._step(images, clean, random, bound))


def divergence(truth: Any, logits: Any) -> Any:
    """Kullback-Leibler divergence (N,) of answers from true probabilities (N, classes)."""
    cross = tf.nn.softmax_cross_entropy_with_logits(labels=truth, logits=logits)
    entropy = -tf.reduce_sum(truth * tf.math.log(tf.maximum(truth, 1e-12)), axis=-1)
    return cross - entropy


def map_error(maps: list[Any], wanted: list[Any]) -> Any:
    """How far maps are from others: squared error over square, the mean over the maps."""
    shares = [
        tf.reduce_mean(tf.square(found - right)) / (tf.reduce_mean(tf.square(right)) + 1e-6)
        for found, right in zip(maps, wanted, strict=True)
    ]
    return tf.add_n(shares) / len(shares)

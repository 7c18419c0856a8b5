"""What a vote tells somebody who has no gradients of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.batch import ImageBatch
from defense.smoothing.fast import LiteRTAnswer, QuickAnswer
from defense.smoothing.smoothed import LEAST_SHARE, Smoothed
from defense.smoothing.votes import noisy_logits


class Oracle:
    """Logarithms of the draws' mean probabilities, as calling `Smoothed` gives, by LiteRT.

    Where no file can hold the classifier and its defense, it is `Smoothed` itself that answers.

    Args:
        smoothed: the vote.
        quick: gives the logits of its defended classifier.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, classes), without gradients; noise is
    drawn anew at every call, from where the seed of TensorFlow leads.
    """

    def __init__(self, smoothed: Smoothed, quick: QuickAnswer) -> None:
        self._smoothed, self._quick = smoothed, quick

    def __call__(self, images: Any) -> Any:
        """See the class."""
        images = tf.convert_to_tensor(images, tf.float32)
        answer = self._quick.converted(tuple(images.shape[1:3]))
        if answer is None:
            # Not inside a function of NumPy: TensorFlow could wait for itself there.
            return self._smoothed(images)
        key = tf.random.get_global_generator().uniform_full_int((4,), tf.uint32)

        def ask(images: ImageBatch, key: npt.NDArray[np.uint32]) -> npt.NDArray[np.float32]:
            return self._ask(answer, images, np.random.default_rng(key))

        return tf.ensure_shape(tf.numpy_function(ask, [images, key], tf.float32), (None, None))

    def _ask(
        self, answer: LiteRTAnswer, images: ImageBatch, random: np.random.Generator
    ) -> npt.NDArray[np.float32]:
        vote = self._smoothed
        shares = [
            sum(
                _softmax(logits).sum(axis=0)
                for logits in noisy_logits(
                    answer, image, vote.sigma, vote.draws, random, vote.batch
                )
            )
            for image in images
        ]
        return np.log(np.array(shares, np.float32) / vote.draws + LEAST_SHARE)


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares

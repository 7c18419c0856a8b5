"""A defended classifier as LiteRT runs it: the same logits, one draw to a core."""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.batch import ImageBatch
from defense.defended import DefendedClassifier
from defense.smoothing.votes import LogitsOf
from defense.transforms import Compose, Mirrored, Rescale, Resize, SuperResolve, flat
from sesr.engine import available_cores, open_interpreter
from sesr.errors import ExportError
from sesr.lowering import run_converter

_CONVERTED = (Compose, Mirrored, Rescale, Resize, SuperResolve)
"""Transforms that are operations of TensorFlow."""


_TOLERANCE = 1e-3
"""Of logits, absolute and relative."""


class LiteRTAnswer:
    """Logits of batches by single-threaded interpreters, as many as there are cores.

    Args:
        content: of a LiteRT file that takes (1, H, W, 3).
        cores: other than all there are.
    """

    def __init__(self, content: bytes, cores: int | None = None) -> None:
        cores = cores or available_cores()
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(cores):
            self._free.put(open_interpreter(content, 1))
        self._pool = ThreadPoolExecutor(cores)

    def __call__(self, images: ImageBatch) -> npt.NDArray[np.float32]:
        """Logits (N, classes) of images (N, H, W, 3)."""
        return np.concatenate(list(self._pool.map(self._one, images)))

    def _one(self, image: ImageBatch) -> npt.NDArray[np.float32]:
        interpreter = self._free.get()
        try:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[np.newaxis])
            interpreter.invoke()
            logits: npt.NDArray[np.float32] = interpreter.get_tensor(
                interpreter.get_output_details()[0]["index"]
            )
            return logits
        finally:
            self._free.put(interpreter)


class QuickAnswer:
    """Logits by LiteRT where a file can hold the classifier and its defense, else by TensorFlow.

    Converting takes seconds and is done when images of a size first come.

    Args:
        defended: a classifier behind its defense.
        cores: to keep busy; by default all.
    """

    def __init__(self, defended: DefendedClassifier, cores: int | None = None) -> None:
        self._defended, self._cores = defended, cores
        self._plain: LogitsOf = tf.function(lambda images: defended(images), reduce_retracing=True)
        self._converted: dict[tuple[int, ...], LiteRTAnswer | None] = {}

    def __call__(self, images: ImageBatch) -> Any:
        """Logits (N, classes) of images (N, H, W, 3)."""
        return (self.converted(images.shape[1:3]) or self._plain)(images)

    @tf.autograph.experimental.do_not_convert
    def converted(self, size: tuple[int, ...]) -> LiteRTAnswer | None:
        """What answers for images of a height and width, or None where TensorFlow does."""
        if size not in self._converted:
            # Also where somebody's graph is being made.
            with tf.init_scope():
                self._converted[size] = litert_answer(
                    self._defended, (size[0], size[1]), self._cores
                )
        return self._converted[size]


def litert_answer(
    defended: DefendedClassifier, size: tuple[int, int], cores: int | None = None
) -> LiteRTAnswer | None:
    """Convert a defended classifier for images of one size; takes seconds.

    Args:
        defended: a classifier behind its defense.
        size: height and width of the images.
        cores: to keep busy; by default all.

    Returns:
        The same logits, up to rounding; None where no file can hold it: JPEG and wavelets run in
        NumPy, a classifier that is no Keras model may be anything, and one that is may hold
        operations that LiteRT has not, or give other logits there.
    """
    able = all(isinstance(stage, _CONVERTED) for stage in flat(defended.defense))
    if not able or not isinstance(defended.classifier, keras.Model):
        return None
    image = tf.TensorSpec((1, *size, 3), tf.float32)
    function = tf.function(lambda images: defended(images), input_signature=[image])
    # Without the model beside it the converter takes weights in as constants, as LiteRT needs.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    try:
        answer = LiteRTAnswer(run_converter(converter), cores)
    except ExportError:
        return None
    return answer if _is_equal(answer, defended, size) else None


def _is_equal(answer: LiteRTAnswer, defended: DefendedClassifier, size: tuple[int, int]) -> bool:
    """A converter's mistake would make certificates of another classifier."""
    image = np.random.default_rng(0).random((1, *size, 3), dtype=np.float32)
    expected, found = np.asarray(defended(image)), answer(image)
    return np.allclose(found, expected, rtol=_TOLERANCE, atol=_TOLERANCE)

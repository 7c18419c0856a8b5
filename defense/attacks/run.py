"""Running attacks on Keras models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from defense.attacks.spec import AttackSpec
from defense.batch import ImageBatch, check_batch
from sesr.errors import UsageError


def foolbox_model(classifier: Callable[[Any], Any]) -> Any:
    """A classifier as foolbox sees it: compiled, images in [0, 1], channels last.

    Args:
        classifier: from a float32 tensor (N, H, W, 3) to logits, such as a
            `DefendedClassifier`.
    """
    import foolbox
    import tensorflow as tf

    compiled = tf.function(lambda images: classifier(images), reduce_retracing=True)
    # foolbox passes a new variable for every gradient, which would be compiled each time.
    return foolbox.TensorFlowModel(
        lambda images: compiled(tf.convert_to_tensor(images)), bounds=(0, 1), device="/CPU:0"
    )


def run_attack(
    model: Any, spec: AttackSpec, images: ImageBatch, labels: Any, epsilon: float, seed: int = 0
) -> ImageBatch:
    """Attack a batch.

    Args:
        model: what `foolbox_model` returned.
        spec: the attack.
        images: (N, H, W, 3), float32 in [0, 1].
        labels: (N,), whole numbers of any type.
        epsilon: bound of the perturbation, as a fraction of full scale.
        seed: of everything random in the attack.

    Returns:
        (N, H, W, 3), float32 in [0, 1], at most epsilon from the images. Those for which the
        attack found nothing are as near to fooling the model as it came.

    Raises:
        UsageError: labels of another length or kind, or an epsilon that is not positive.
    """
    import tensorflow as tf

    images = check_batch(images, "run_attack")
    truth = check_labels(labels, len(images))
    if not epsilon > 0:
        raise UsageError(f"epsilon must be above 0; received {epsilon!r}")
    seed_draws(seed)
    attack = spec.build(epsilon)
    # foolbox needs int64: int32 labels fail inside it under NumPy 2.
    criterion = tf.constant(truth, tf.int64)
    _, clipped, _ = attack(model, tf.constant(images), criterion, epsilons=epsilon)
    perturbed: ImageBatch = np.clip(clipped.numpy(), 0.0, 1.0)
    return perturbed


def seed_draws(seed: int) -> None:
    """Have attacks, and defenses that draw, draw from now on as after any other such call."""
    import tensorflow as tf

    tf.random.set_seed(seed)
    np.random.seed(seed)
    # Graphs draw from this one: what else they drew from would go by when they were traced.
    tf.random.get_global_generator().reset_from_seed(seed)


def check_labels(labels: Any, count: int) -> npt.NDArray[np.int64]:
    """Labels as foolbox needs them.

    Raises:
        UsageError: they are not `count` whole numbers of 0 or more.
    """
    values = np.asarray(labels)
    whole = np.issubdtype(values.dtype, np.integer)
    if values.shape != (count,) or not whole or (count and values.min() < 0):
        raise UsageError(
            f"labels must be {count} whole numbers of 0 or more, one for each image; received "
            f"the shape {values.shape} of {values.dtype}"
        )
    return values.astype(np.int64)

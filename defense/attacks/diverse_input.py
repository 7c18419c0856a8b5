"""Iterative FGSM on randomly resized and padded images."""

from __future__ import annotations

from typing import Any, Self

import eagerpy as ep
import numpy as np
import numpy.typing as npt

from defense.attacks.base import Box, LinfAttack, cross_entropy, loss_and_gradient
from sesr.errors import UsageError


class DI2FGSM(LinfAttack):
    """Iterative FGSM whose gradients come from randomly resized and padded images.

    At every step, with some probability, the batch is shrunk to a random size and padded with
    zeros at random places to its old one. What fools the model at many sizes fools others more
    often too.

    Args:
        steps: gradient steps.
        step_size: change of a value in a step, in the units of the image.
        probability: with which a step is diverse.
        resize_rate: smallest size over the whole one, above 0 and at most 1.
        decay: of the gradients of earlier steps (momentum); 0 forgets them.

    Raises:
        UsageError: a number lies outside its range.

    Reference: C. Xie et al., "Improving Transferability of Adversarial Examples with Input
    Diversity", CVPR 2019. The defaults are those of the library torchattacks.
    """

    def __init__(
        self,
        steps: int = 20,
        step_size: float = 2 / 255,
        probability: float = 0.5,
        resize_rate: float = 0.9,
        decay: float = 0.0,
    ) -> None:
        if steps < 1 or step_size <= 0 or not 0 <= probability <= 1 or not 0 < resize_rate <= 1:
            raise UsageError(
                f"{type(self).__name__} needs one step or more, a positive step size, a "
                "probability in [0, 1] and a resize rate in (0, 1]; received "
                f"{(steps, step_size, probability, resize_rate)}"
            )
        self.steps = steps
        self.step_size = step_size
        self.probability = probability
        self.resize_rate = resize_rate
        self.decay = decay

    @classmethod
    def of(cls, steps: int, epsilon: float, **options: Any) -> Self:
        """The attack with torchattacks' step, made to fit the size of the perturbation."""
        # No longer than a small epsilon, and long enough to cross a large one.
        step = max(min(2 / 255, epsilon), 1.25 * epsilon / steps)
        return cls(steps, step, **options)

    def perturb(self, model: Any, x: Any, labels: Any, box: Box) -> Any:
        """See the class."""
        channels_last = getattr(model, "data_format", "channels_last") == "channels_last"
        axes = (1, 2) if channels_last else (2, 3)
        momentum = ep.zeros_like(x)
        perturbed = x
        for _ in range(self.steps):
            diverse = self._diversity(x, axes)

            def on_diverse(images: Any, diverse: Any = diverse) -> Any:
                return model(diverse(images))

            _, _, gradient = loss_and_gradient(on_diverse, cross_entropy, perturbed, labels)
            everything = tuple(range(1, x.ndim))
            scale = gradient.abs().mean(axis=everything, keepdims=True)
            momentum = self.decay * momentum + gradient / ep.maximum(scale, 1e-30)
            perturbed = box.project(perturbed + self.step_size * momentum.sign())
        return perturbed

    def _diversity(self, x: Any, axes: tuple[int, int]) -> Any:
        """One draw: a function of images, the same for the whole batch."""
        # Seeded from the framework, which is what callers seed.
        draws = ep.uniform(x, (6,)).numpy()
        if draws[0] >= self.probability:
            return lambda images: images
        height, width = (x.shape[axis] for axis in axes)
        share = self.resize_rate + draws[1] * (1 - self.resize_rate)
        rows = ep.from_numpy(x, shrink_and_pad(height, int(share * height), draws[2]))
        columns = ep.from_numpy(x, shrink_and_pad(width, int(share * width), draws[3]))
        return lambda images: _along(_along(images, rows, axes[0]), columns, axes[1])


class MDI2FGSM(DI2FGSM):
    """DI2-FGSM with momentum, which transfers better still; `decay` is 1 by default."""

    def __init__(
        self,
        steps: int = 20,
        step_size: float = 2 / 255,
        probability: float = 0.5,
        resize_rate: float = 0.9,
        decay: float = 1.0,
    ) -> None:
        super().__init__(steps, step_size, probability, resize_rate, decay)


def shrink_and_pad(length: int, shrunk: int, place: float) -> npt.NDArray[np.float32]:
    """Matrix (length, length) of a bilinear shrinking, put between zeros.

    Args:
        length: of the axis.
        shrunk: length of what is kept, 1 to `length`.
        place: in [0, 1), how much of the room left lies before it.

    Example:
        >>> shrink_and_pad(3, 2, 0.9)
        array([[0.  , 0.  , 0.  ],
               [0.75, 0.25, 0.  ],
               [0.  , 0.25, 0.75]], dtype=float32)
    """
    matrix = np.zeros((length, length), np.float32)
    first = int(place * (length - shrunk + 1))
    centres = (np.arange(shrunk) + 0.5) * length / shrunk - 0.5
    left = np.floor(centres).astype(int).clip(0, length - 1)
    share = np.clip(centres - left, 0, 1).astype(np.float32)
    rows = np.arange(first, first + shrunk)
    np.add.at(matrix, (rows, left), 1 - share)
    np.add.at(matrix, (rows, np.minimum(left + 1, length - 1)), share)
    return matrix


def _along(images: Any, matrix: Any, axis: int) -> Any:
    """Multiply one axis of a tensor by a matrix; eagerpy has products of two axes only."""
    order = (axis, *(i for i in range(images.ndim) if i != axis))
    moved = images.transpose(order)
    product = ep.matmul(matrix, moved.reshape((moved.shape[0], -1))).reshape(moved.shape)
    return product.transpose(tuple(int(i) for i in np.argsort(order)))

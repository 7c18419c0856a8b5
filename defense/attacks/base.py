"""What the attacks of this package share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self, get_args

import eagerpy as ep
import foolbox
from foolbox.attacks.base import FixedEpsilonAttack
from foolbox.criteria import Misclassification

from defense.attacks.kinds import Norm
from sesr.errors import UsageError

LogitsLoss = Callable[[Any, Any], Any]
"""From logits (N, classes) and labels (N,) to a loss (N,) that the attack raises."""


class LinfAttack(FixedEpsilonAttack):
    """An untargeted attack within a box around every image, or a ball where it has norms.

    Subclasses implement `perturb`, in operations of eagerpy, and so work with every model that
    foolbox takes.

    Attributes:
        norm: in which perturbations are bounded.
    """

    norm: Norm = "linf"

    @property
    def distance(self) -> Any:
        """How foolbox measures perturbations."""
        return foolbox.distances.linf if self.norm == "linf" else foolbox.distances.l2

    @classmethod
    def of(cls, steps: int, epsilon: float, **options: Any) -> Self:
        """The attack of so many steps, for a perturbation of this size."""
        return cls(steps, **options)

    def run(self, model: Any, inputs: Any, criterion: Any, *, epsilon: float, **kwargs: Any) -> Any:
        """Perturb a batch; foolbox's own calling convention."""
        x, restore = ep.astensor_(inputs)
        labels = labels_of(criterion, type(self).__name__)
        return restore(self.perturb(model, x, labels, self.region(x, epsilon, model.bounds)))

    def region(self, x: Any, epsilon: float, bounds: tuple[float, float]) -> Box:
        """Where the images may go."""
        return (Box if self.norm == "linf" else Ball)(x, epsilon, bounds)

    @abstractmethod
    def perturb(self, model: Any, x: Any, labels: Any, box: Box) -> Any:
        """Images inside the box, as near to fooling the model as the attack can come.

        Args:
            model: foolbox's model.
            x: the original images, an eagerpy tensor.
            labels: (N,), an eagerpy tensor of whole numbers.
            box: where the images may go.
        """


class Box:
    """The images within epsilon of the originals and within the model's bounds.

    Args:
        x: the original images, an eagerpy tensor.
        epsilon: largest change of a value.
        bounds: smallest and largest value of an image.
    """

    def __init__(self, x: Any, epsilon: float, bounds: tuple[float, float]) -> None:
        self.epsilon = float(epsilon)
        self.low = ep.maximum(x - self.epsilon, bounds[0])
        self.high = ep.minimum(x + self.epsilon, bounds[1])

    def project(self, x: Any) -> Any:
        """The nearest images inside."""
        return ep.minimum(ep.maximum(x, self.low), self.high)

    def random(self, x: Any) -> Any:
        """A uniformly drawn start."""
        return self.project(x + ep.uniform(x, x.shape, -self.epsilon, self.epsilon))

    def steepest(self, gradient: Any) -> Any:
        """The direction of length 1 in which a loss of this gradient rises most."""
        return gradient.sign()


class Ball(Box):
    """The images within an L2 distance of the originals and within the model's bounds."""

    def __init__(self, x: Any, epsilon: float, bounds: tuple[float, float]) -> None:
        super().__init__(x, epsilon, bounds)
        self._centre, self._bounds = x, bounds

    def project(self, x: Any) -> Any:
        """Images inside: moved straight towards the originals, then clipped, which is nearer."""
        change = x - self._centre
        shrink = ep.minimum(self.epsilon / ep.maximum(_lengths(change), 1e-12), 1.0)
        return (self._centre + shrink * change).clip(*self._bounds)

    def random(self, x: Any) -> Any:
        """A start at a random distance in a random direction."""
        direction = self.steepest(ep.normal(x, x.shape))
        share = ep.uniform(x, (len(x), *(1,) * (x.ndim - 1)), 0, 1)
        return self.project(x + self.epsilon * share * direction)

    def steepest(self, gradient: Any) -> Any:
        """The gradient's own direction."""
        return gradient / ep.maximum(_lengths(gradient), 1e-12)


def _lengths(x: Any) -> Any:
    """L2 norm of every image, shaped to meet images."""
    return x.square().sum(axis=tuple(range(1, x.ndim)), keepdims=True).sqrt()


def check_norm(norm: Norm, name: str) -> Norm:
    """Return a norm that an attack has.

    Raises:
        UsageError: there is none of that name.
    """
    if norm not in get_args(Norm):
        raise UsageError(f"the norm of {name} must be linf or l2; received {norm!r}")
    return norm


def labels_of(criterion: Any, name: str) -> Any:
    """The true labels that an untargeted criterion holds.

    Raises:
        UsageError: the criterion is another one, such as a targeted one.
    """
    if not isinstance(criterion, Misclassification):
        criterion_name = type(criterion).__name__
        raise UsageError(f"{name} is untargeted: give it labels; received {criterion_name}")
    return criterion.labels


def loss_and_gradient(model: Any, loss: LogitsLoss, x: Any, labels: Any) -> tuple[Any, Any, Any]:
    """Loss (N,), logits (N, classes) and the gradient of the loss of every image."""

    def total(images: Any) -> tuple[Any, tuple[Any, Any]]:
        logits = model(images)
        each = loss(logits, labels)
        return each.sum(), (each, logits)

    _, (each, logits), gradient = ep.value_aux_and_grad(total, x)
    return each, logits, gradient


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The usual loss, (N,)."""
    return ep.crossentropy(logits, labels)


def per_image(values: Any, like: Any) -> Any:
    """Values (N,) shaped to meet images (N, ...)."""
    return values.reshape((len(values), *(1,) * (like.ndim - 1)))

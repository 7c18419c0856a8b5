"""Auto-PGD."""

from __future__ import annotations

from typing import Any, Literal, get_args

import eagerpy as ep

from defense.attacks.base import (
    Box,
    LinfAttack,
    check_norm,
    cross_entropy,
    loss_and_gradient,
    per_image,
)
from defense.attacks.kinds import Norm
from sesr.errors import UsageError

LossName = Literal["ce", "dlr"]
_MOMENTUM = 0.75
"""Share of the gradient step in an update; the rest follows the last one."""
_PROGRESS = 0.75
"""Share of steps that must raise the loss, or the step size is halved."""


class APGD(LinfAttack):
    """Projected gradient descent that chooses its step size itself.

    The step starts at twice epsilon and is halved, image by image, where the loss has stopped
    rising, going on from the best point so far. Each image ends at the point of the greatest
    loss among those that fooled the model, or among all if none did.

    Args:
        steps: gradient steps, the attack's cost.
        loss: "ce", cross-entropy, or "dlr", the difference of logits ratio, which does not
            vanish where logits are large; it needs four classes or more.
        norm: "linf" or "l2", in which perturbations are bounded.

    Raises:
        UsageError: unknown loss or norm, no step, or too few classes for "dlr" (when run).

    Reference: F. Croce and M. Hein, "Reliable evaluation of adversarial robustness with an
    ensemble of diverse parameter-free attacks", ICML 2020.
    """

    def __init__(self, steps: int = 20, loss: LossName = "ce", norm: Norm = "linf") -> None:
        if loss not in get_args(LossName):
            raise UsageError(f"the loss of APGD must be ce or dlr; received {loss!r}")
        if steps < 1:
            raise UsageError(f"APGD needs one step or more; received {steps!r}")
        self.steps = steps
        self.loss = loss
        self.norm = check_norm(norm, "APGD")

    def perturb(self, model: Any, x: Any, labels: Any, box: Box) -> Any:
        """See the class."""
        loss = cross_entropy if self.loss == "ce" else dlr
        search = _Search(model, loss, labels, box, box.random(x))
        checkpoints = checkpoints_of(self.steps)
        for step in range(1, self.steps + 1):
            search.advance()
            if step in checkpoints:
                search.halve_steps(checkpoints[step])
        return search.answer


def checkpoints_of(steps: int) -> dict[int, int]:
    """Steps after which progress is looked at, and how many steps each looks back on.

    Example:
        >>> checkpoints_of(12)
        {2: 2, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1, 11: 1, 12: 1}
    """
    window = max(int(0.22 * steps), 1)
    least, shrink = max(int(0.06 * steps), 1), max(int(0.03 * steps), 1)
    found, at = {}, window
    while at <= steps:
        found[at] = window
        window = max(window - shrink, least)
        at += window
    return found


class _Search:
    """The state of one run: where every image is, was, and was best."""

    def __init__(self, model: Any, loss: Any, labels: Any, box: Box, start: Any) -> None:
        self._model, self._loss, self._labels, self._box = model, loss, labels, box
        self._x = self._previous = start
        value, logits, self._gradient = loss_and_gradient(model, loss, start, labels)
        self._value = self._best_value = value
        self._best, self._best_gradient = start, self._gradient
        self._step_size = ep.full_like(value, 2 * box.epsilon)
        self._rises = ep.zeros_like(value)
        self._value_at_check = value
        # True of the start, so that the first step is not halved for want of a past.
        self._halved = ep.ones_like(value).bool()
        self._first = True
        self.answer = start
        self._answer_value, self._fooled = value, logits.argmax(axis=-1) != labels

    def advance(self) -> None:
        """One step with momentum, and what it brought."""
        step = per_image(self._step_size, self._x) * self._box.steepest(self._gradient)
        target = self._box.project(self._x + step)
        share = 1.0 if self._first else _MOMENTUM
        self._first = False
        moved = self._x + share * (target - self._x) + (1 - share) * (self._x - self._previous)
        self._previous, self._x = self._x, self._box.project(moved)
        value, logits, self._gradient = loss_and_gradient(
            self._model, self._loss, self._x, self._labels
        )
        self._rises = self._rises + (value > self._value).astype(value.dtype)
        self._value = value
        better = value > self._best_value
        self._best_value = ep.where(better, value, self._best_value)
        self._best = self._choose(better, self._x, self._best)
        self._best_gradient = self._choose(better, self._gradient, self._best_gradient)
        self._keep_answer(value, logits.argmax(axis=-1) != self._labels)

    def halve_steps(self, window: int) -> None:
        """Halve the step of images that made no progress; they go on from their best point."""
        few_rises = self._rises <= _PROGRESS * window
        stuck = ep.logical_and(
            ep.logical_not(self._halved), self._best_value <= self._value_at_check
        )
        halve = ep.logical_or(few_rises, stuck)
        self._step_size = ep.where(halve, self._step_size / 2, self._step_size)
        self._x = self._choose(halve, self._best, self._x)
        self._gradient = self._choose(halve, self._best_gradient, self._gradient)
        self._halved = halve
        self._value_at_check = self._best_value
        self._rises = ep.zeros_like(self._rises)

    def _keep_answer(self, value: Any, fools: Any) -> None:
        """Prefer points that fool the model, then those of greater loss."""
        greater = value > self._answer_value
        better = ep.logical_or(
            ep.logical_and(fools, ep.logical_not(self._fooled)),
            ep.logical_and(greater, ep.logical_or(fools, ep.logical_not(self._fooled))),
        )
        self.answer = self._choose(better, self._x, self.answer)
        self._answer_value = ep.where(better, value, self._answer_value)
        self._fooled = ep.logical_or(self._fooled, fools)

    @staticmethod
    def _choose(condition: Any, x: Any, y: Any) -> Any:
        return ep.where(per_image(condition, x), x, y)


def dlr(logits: Any, labels: Any) -> Any:
    """Difference of logits ratio, (N,): does not change when logits are scaled or shifted."""
    if logits.shape[-1] < 4:
        raise UsageError(
            f"the DLR loss needs four classes or more; received {logits.shape[-1]}: take ce"
        )
    own = ep.onehot_like(logits, labels, value=1)
    ordered, _ = logits.topk(3)
    true = (own * logits).sum(axis=-1)
    others = (logits - own * 1e9).max(axis=-1)
    return (others - true) / (ordered[:, 0] - ordered[:, 2] + 1e-12)

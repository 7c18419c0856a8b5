"""The search for the blocks that lose their activations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from sesr.classifiers.search.choice import ChoiceCost, choice_of, with_choice
from sesr.classifiers.search.supernet import build_supernet, slopes_of
from sesr.classifiers.stages import StagedNetwork
from sesr.classifiers.training.brief import train_briefly
from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages
from sesr.errors import TrainingError, UsageError
from sesr.reporting.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class FoundChoice:
    """What a search came to.

    Attributes:
        network: the stages, with the choice made.
        slopes: of every block at the end; those of at least a half have lost their activations.
        cycles: that the network was promised to take.
        supernet: what was trained; `take_weights` gives its weights to the network.
    """

    network: StagedNetwork
    slopes: tuple[float, ...]
    cycles: int
    supernet: keras.Model


def search_choice(
    spec: StagedNetwork,
    config: ClassifierConfig,
    data: LabelledImages,
    cost: ChoiceCost,
    weight: float,
    progress: Progress = no_progress,
) -> FoundChoice:
    """Train a network with a slope for each block, and choose by these.

    The loss has one term more: the cycles that the slopes stand for, as a share of those of the
    network with every block collapsed.

    Args:
        spec: the stages; which blocks are collapsed there does not matter.
        config: steps and all else of a training but its network; what is said of validation and
            of averaged weights does not matter.
        data: to learn from.
        cost: the cycles of the network's choices.
        weight: of the cycles in the loss; at 0 accuracy alone decides, and the higher it is, the
            more the cheaper form of each block.
        progress: told of the steps made.

    Raises:
        UsageError: the images are not of the network's size.
        TrainingError: the weight is negative, or the costs are of another network.
    """
    _check(spec, data, cost, weight)
    keras.utils.set_random_seed(config.seed)
    supernet = build_supernet(spec, len(data.classes), dtype=config.dtype)
    # The average of a short run still remembers where the slopes began.
    latest = replace(config, ema=0.0)
    train_briefly(supernet, data, latest, _penalty(supernet, cost, weight), progress)
    slopes = tuple(float(np.asarray(one.slope)) for one in slopes_of(supernet))
    choice = tuple(slope >= 0.5 for slope in slopes)
    return FoundChoice(with_choice(spec, choice), slopes, cost.cycles(choice), supernet)


def _check(spec: StagedNetwork, data: LabelledImages, cost: ChoiceCost, weight: float) -> None:
    """Refuse what does not fit the stages."""
    if data.side != spec.size:
        raise UsageError(
            f"a search in {spec.title} needs images of {spec.size}x{spec.size}, which its cycles "
            f"are for; received {data.side}x{data.side}: resize them first"
        )
    blocks = len(choice_of(spec))
    if len(cost.extra) != blocks:
        raise TrainingError(
            f"the costs must be of the {blocks} blocks of {spec.title}; received "
            f"{len(cost.extra)}: measure them for this network"
        )
    if weight < 0:
        raise TrainingError(f"weight must be 0 or more; received {weight}")


def _penalty(supernet: keras.Model, cost: ChoiceCost, weight: float) -> Callable[[], Any]:
    shares = [weight * more / cost.collapsed for more in cost.extra]
    variables = [one.slope for one in slopes_of(supernet)]
    return lambda: sum(
        share * (1 - keras.ops.convert_to_tensor(slope))
        for share, slope in zip(shares, variables, strict=True)
    )

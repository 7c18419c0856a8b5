"""From photographs to a trainer that is ready to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from defense.classifiers import Classifier
from defense.defended import bare_model
from defense.evaluation import Evaluation, defense_fingerprint
from defense.parse import parse_defense
from defense.training.config import DefenseConfig
from defense.training.lessons import make_lessons
from defense.training.student import start_digest
from defense.training.trainer import DefenseTrainer
from defense.training.validation import Judge, StudentJudge
from defense.training.vote import VoteJudge
from sesr.errors import UsageError
from sesr.reporting.progress import Advance
from sesr.training.run.loop import TrainingListener

CHOSEN_AT = (2.0, 8.0)
"""Epsilons of the gray-box attacks that the network is chosen by, in 1/255."""


def prepare_trainer(
    config: DefenseConfig,
    crops: npt.NDArray[np.uint8],
    evaluation: Evaluation,
    output: Path,
    listener: TrainingListener,
    advance: Advance,
    classifiers: Sequence[Classifier] = (),
) -> DefenseTrainer:
    """Make the noise that a run needs; can be stopped and goes on.

    Args:
        config: of the run.
        crops: (N, S, S, 3), pieces of photographs.
        evaluation: of the classifier that the defense is for, on the images to choose by.
        output: folder of the run.
        listener: hears of the training.
        advance: called with the work before it.
        classifiers: that the network shall serve, as `served_classifiers` found them; none for the
            evaluation's alone.

    Raises:
        UsageError: the configuration does not fit.
    """
    _check_sizes(config)
    classifiers = classifiers or [evaluation.classifier]
    folder = output / "cache" / "adversarial"
    lessons = make_lessons(crops, classifiers[0], config, folder, advance)
    judges: list[StudentJudge]
    if config.smoothed:
        data, batch = evaluation.data, evaluation.batch
        judges = [VoteJudge(data, config.sigmas, batch) for _ in classifiers]
    else:
        epsilon = config.adaptive_epsilon if config.adaptive else 0.0
        judges = [Judge(evaluation, CHOSEN_AT, epsilon)]
    origin = {
        "pieces of photographs": lessons.fingerprint,
        "photographs to choose by": evaluation.data.fingerprint,
        "weights to start from": start_digest(config),
        "weights of the teacher": defense_fingerprint(parse_defense(config.teacher)),
    }
    return DefenseTrainer(config, lessons, classifiers, judges, output, listener, origin)


def served_classifiers(
    config: DefenseConfig, first: Classifier, beside: Sequence[Classifier]
) -> list[Classifier]:
    """Those that one network is to serve, before any work.

    Args:
        config: of the run.
        first: the evaluation's, which attacks are made on.
        beside: further ones of the same classes; with these there are no attacks.

    Raises:
        UsageError: the configuration or the classifiers don't fit.
    """
    classifiers = [first, *(replace(one, model=bare_model(one).classifier) for one in beside)]
    names = [classifier.name for classifier in classifiers]
    if beside and (config.gray or config.adaptive or not config.smoothed):
        raise UsageError(
            f"attacks are made on one classifier; received {', '.join(names)} with gray "
            f"{config.gray}, adaptive {config.adaptive}, smoothed {config.smoothed}: train for "
            "several with smoothed photographs alone"
        )
    if len(set(names)) < len(names):
        raise UsageError(f"every classifier counts once; received {', '.join(names)}")
    blind = [one.name for one in classifiers if not one.gradients]
    if blind:
        raise UsageError(
            f"a network learns from the gradients of its classifiers, and {', '.join(blind)} has "
            "none: give a name or a .keras file"
        )
    counts = [
        one.model.output_shape[-1] for one in classifiers if hasattr(one.model, "output_shape")
    ]
    if len(set(counts)) > 1:
        raise UsageError(
            f"the classifiers must tell the same classes apart; {', '.join(names)} have "
            f"{', '.join(map(str, counts))} of them"
        )
    return classifiers


def _check_sizes(config: DefenseConfig) -> None:
    """Squared errors need images or maps of one size, which is known before the work begins."""
    if not config.fidelity and not config.features:
        return
    piece = np.zeros((1, config.side, config.side, 3), np.float32)
    sides = [parse_defense(text)(piece).shape[1] for text in (config.defense, config.teacher)]
    if sides[0] != sides[1]:
        raise UsageError(
            f"fidelity and features compare what the defense {config.defense!r} shows with the "
            f"teacher {config.teacher!r}, which must be of one size; received {sides[0]} and "
            f"{sides[1]}: end both with the same bicubic:SIZE"
        )

"""From photographs to a trainer that is ready to run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from defense.evaluation import Evaluation
from defense.training.config import DefenseConfig
from defense.training.lessons import make_lessons
from defense.training.trainer import DefenseTrainer
from defense.training.validation import Judge
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
) -> DefenseTrainer:
    """Make the noise and the answers that a run needs; can be stopped and goes on.

    Args:
        config: of the run.
        crops: (N, S, S, 3), pieces of photographs.
        evaluation: of the classifier that the defense is for, on the images to choose by.
        output: folder of the run.
        listener: hears of the training.
        advance: called with the work before it.
    """
    classifier = evaluation.classifier
    lessons = make_lessons(crops, classifier, config, output / "cache" / "adversarial", advance)
    judge = Judge(evaluation, CHOSEN_AT, config.adaptive_epsilon if config.adaptive else 0.0)
    return DefenseTrainer(config, lessons, classifier, judge, output, listener)

"""The training of a classifier from its folders to its files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.labelled import LabelledImages, check_known
from sesr.reporting.progress import Advance
from sesr_app.terminal.progress import progress_bar
from sesr_app.terminal.quiet import quiet_native_logs
from sesr_app.terminal.training import TrainingProgress, tell_if_slow


def train_classifier(
    folder: Path, validation: Path | None, output: Path, config: ClassifierConfig
) -> str:
    """Train to the end, or go on; what was reached, as a line for people.

    Raises:
        UsageError, TrainingError, ImageError: see `sesr classify train --help`.
    """
    tell_if_slow(config.precision)
    with progress_bar(lines=True) as advance:
        data, held = read_sets(folder, validation, config, advance)
        from sesr.classifiers.training.trainer import ClassifierTrainer

        config = replace(config, data=data.fingerprint)
        progress = TrainingProgress(advance, config.steps)
        trainer = ClassifierTrainer(config, data, held, output, progress)
        progress.start(trainer.step, [])
        result = trainer.run()
    from sesr.classifiers.training.publish import publish_classifier

    chosen_on = "a part held out" if validation is None else validation.name
    with quiet_native_logs():
        card = publish_classifier(config, result.model, data, held, chosen_on, output)
    exact, rounded = (card.accuracy["chosen on"][numbers] for numbers in ("float32", "int8"))
    return f"{output / config.network}.keras: {exact:.2%} right, {rounded:.2%} in int8"


def read_sets(
    folder: Path, validation: Path | None, config: ClassifierConfig, advance: Advance
) -> tuple[LabelledImages, LabelledImages]:
    """The images to learn from and those to choose by.

    Args:
        folder: of class folders, or "cifar10".
        validation: of class folders; a part of the others is held out if left out.
        config: names the network, and says what is held out.
        advance: told of the images read.

    Raises:
        UsageError: the folders hold no such sets, or they do not fit each other.
        ImageError: an image cannot be read.
    """
    from sesr.classifiers import check_image_side, find_classifier
    from sesr_datasets.labelled.cifar10 import CIFAR10, CIFAR10_CLASSES, read_cifar10
    from sesr_datasets.labelled.class_folders import find_classes, read_class_folders

    spec, read = find_classifier(config.network), partial(advance, "images")
    known = str(folder) == CIFAR10 and not folder.is_dir()
    names = CIFAR10_CLASSES if known else [place.name for place in find_classes(folder)]
    if validation is not None:
        check_known([place.name for place in find_classes(validation)], names)
    data = read_cifar10(read) if known else read_class_folders(folder, read)
    check_image_side(spec, data.side)
    if validation is None:
        return data.split(config.held_out, config.seed)
    others = read_class_folders(validation, partial(advance, "validation"))
    return data, others.relabelled(data.classes, data.side)

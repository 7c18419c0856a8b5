"""`sesr classify`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sesr.classifiers.training.config import ClassifierConfig
from sesr.classifiers.training.recipes import find_classifier_recipe
from sesr_app.terminal.config_options import PRECISION, beside_recipe, config_options, is_given

_SETTINGS = {
    "network": "ran_e_small, ran_e_gt, ran_e_c, efficientnet_lite0, ran_i_tiny, ran_i_small, "
    "ran_i_base or convnext_tiny.",
    "steps": "Optimiser steps in all.",
    "batch_size": "Images in a step.",
    "learning_rate": "Peak of the schedule.",
    "warmup": "Steps of linear warm-up.",
    "weight_decay": "Of the kernels.",
    "smoothing": "Share of a label that is spread over all classes.",
    "shift": "Pixels that an image is moved by at most.",
    "cutout": "Side of a gray square on it.",
    "ema": "Momentum of the averaged weights.",
    "precision": PRECISION,
    "validate_every": "Steps between validations, each with a checkpoint.",
    "held_out": "Share of the images to choose by, without --validation.",
    "dispatch": "Steps handed to the device at a time.",
    "seed": "Seed of weights and data.",
}


@click.group()
def classify() -> None:
    """Train image classifiers that run well on micro-NPUs."""


@classify.command("train")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of the run.",
)
@click.option(
    "--validation",
    type=click.Path(path_type=Path),
    help="Folder of the same classes to choose by. [default: a part of FOLDER, held out]",
)
@config_options(ClassifierConfig, _SETTINGS)
@click.option(
    "--recipe",
    help="All settings at once, as of a shipped network: ran_e_small "
    "(see sesr/classifiers/training/recipes.py).",
)
@click.pass_context
def classify_train(
    context: click.Context,
    /,
    folder: Path,
    output: Path,
    validation: Path | None,
    recipe: str | None,
    **given: Any,
) -> None:
    """Train a classifier, or go on with a run that was stopped.

    FOLDER holds a folder of images for every class, all square and of one size; or it is the word
    cifar10, which tensorflow-datasets downloads.

    Started again with the same settings and output folder, a run continues from its last
    checkpoint. The folder ends up with the network that was right most often as .keras (to train
    on), as .tflite in float32 and in int8, its card, and the course of the training as log.csv.
    """
    from sesr_app.classify.job import train_classifier
    from sesr_app.terminal.extras import require

    require("sesr classify train", "train", ["keras", "tensorflow"])
    if recipe is not None:
        other = beside_recipe(context, _SETTINGS)
        config = replace(find_classifier_recipe(recipe), **other)
    else:
        config = _config(context, given)
    click.echo(train_classifier(folder, validation, output, config))


def _config(context: click.Context, given: dict[str, Any]) -> ClassifierConfig:
    """A short run warms up shorter and is measured at its end, unless told."""
    for name, most in (("warmup", given["steps"] // 10), ("validate_every", given["steps"])):
        if not is_given(context, name):
            given[name] = min(given[name], most)
    return ClassifierConfig(**given)

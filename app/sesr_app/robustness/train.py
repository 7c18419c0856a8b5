"""`sesr robustness train`."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sesr_app.robustness.options import Setup, numbers, require_defense, setup_options
from sesr_app.terminal.recipe_settings import refuse_settings

if TYPE_CHECKING:
    from defense.evaluation.runner import Evaluation
    from defense.training.config import DefenseConfig

EPSILONS = (2.0, 8.0)
"""Of the gray-box attacks that the network is chosen by, in 1/255."""

SETTINGS = (
    "defense",
    "teacher",
    "crops",
    "noisy",
    "steps",
    "clean",
    "gray",
    "adaptive",
    "gray_steps",
    "adaptive_epsilon",
    "adaptive_steps",
    "learning_rate",
    "warmup",
    "ema",
    "precision",
    "validate_every",
)
"""Options that go into the configuration as they are."""


@click.command
@setup_options(required=True)
@click.option(
    "--photos",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of photographs to train on; they need no labels.",
)
@click.option("--exclude", multiple=True, help='Their names to leave out, as a pattern: "test-*".')
@click.option(
    "--defense",
    default="sesr:M2:rgb,bicubic:208",
    show_default=True,
    help="With one SESR network for RGB, which is trained on from its weights.",
)
@click.option(
    "--teacher",
    default="bicubic:208",
    show_default=True,
    help="How the classifier sees clean photographs when its answers are noted.",
)
@click.option("--crops", default=1500, show_default=True, help="Pieces of photographs.")
@click.option(
    "--noisy", default=750, show_default=True, help="How many of them get noise beforehand."
)
@click.option("--steps", default=2000, show_default=True, help="Optimiser steps in all.")
@click.option("--clean", default=4, show_default=True, help="Clean pieces in a step.")
@click.option(
    "--gray", default=8, show_default=True, help="Pieces with noise against the bare classifier."
)
@click.option(
    "--adaptive", default=0, show_default=True, help="Pieces attacked through the defense."
)
@click.option(
    "--gray-epsilons",
    default="2,4,8,16",
    show_default=True,
    help="Bounds of the former noise, in 1/255, with commas.",
)
@click.option("--gray-steps", default=10, show_default=True, help="PGD steps that make it.")
@click.option(
    "--adaptive-epsilon",
    default=2.0,
    show_default=True,
    help="Bound of the attack through the defense, in 1/255.",
)
@click.option(
    "--adaptive-steps", default=2, show_default=True, help="PGD steps through the defense."
)
@click.option("--learning-rate", default=5e-4, show_default=True, help="Peak of the schedule.")
@click.option("--warmup", default=100, show_default=True, help="Steps of linear warm-up.")
@click.option("--ema", default=0.99, show_default=True, help="Momentum of the averaged weights.")
@click.option("--precision", default="float32", show_default=True, help="float32 or bfloat16.")
@click.option(
    "--validate-every",
    default=250,
    show_default=True,
    help="Steps between validations, each with a checkpoint.",
)
@click.option(
    "--recipe",
    help="All settings at once, as of a shipped network (see defense/training/recipes.py).",
)
@click.pass_context
def train(
    context: click.Context,
    /,
    photos: tuple[Path, ...],
    exclude: tuple[str, ...],
    recipe: str | None,
    setup: Setup,
    **given: Any,
) -> None:
    """Train the network of a defense for one classifier, or go on with a run that was stopped.

    The classifier stays as it is. Photographs, with noise and attacks on them, shall get the
    answers that it gives to the clean ones; the best network is chosen on the labelled images,
    which should not be those of a report. The folder ends up with it as .keras, .tflite and
    card, for --defense "sesr:FOLDER/NAME.keras,...".
    """
    require_defense("sesr robustness train")
    from defense.parse import parse_defense
    from defense.training.recipes import find_defense_recipe
    from defense.training.student import network_position

    if recipe is not None:
        refuse_settings(context, (*SETTINGS, "gray_epsilons", "seed"))
        config = find_defense_recipe(recipe)
    else:
        config = _settings(given, setup.seed)
    defense = parse_defense(config.defense)
    network_position(defense)
    evaluation = setup.evaluation(defense, ["gray-box"])
    best, images = _run(config, evaluation, photos, exclude, setup.output)
    origin = {
        "data": [path.name for path in photos],
        "exclude": list(exclude),
        "images": images,
        "classifier": setup.classifier,
        "chosen_on": f"images {setup.skip + 1} to {setup.skip + len(evaluation.data)}",
    }
    print(_publish(config, best, setup.output, origin))


def _settings(given: dict[str, Any], seed: int) -> DefenseConfig:
    """The configuration that the options make."""
    from defense.training.config import DefenseConfig

    settings = {name: given[name] for name in SETTINGS}
    settings["warmup"] = min(settings["warmup"], settings["steps"] // 10)
    epsilons = tuple(numbers(given["gray_epsilons"], "gray-epsilons"))
    return DefenseConfig(gray_epsilons=epsilons, seed=seed, **settings)


def _run(
    config: DefenseConfig,
    evaluation: Evaluation,
    photos: tuple[Path, ...],
    exclude: tuple[str, ...],
    output: Path,
) -> tuple[Path, int]:
    """Make what is needed beforehand and train; the best network, and how many photographs."""
    from defense.training.lessons import make_lessons
    from defense.training.trainer import DefenseTrainer
    from defense.training.validation import Judge
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.train.progress import TrainingProgress
    from sesr_datasets.folder_source import FolderSource
    from sesr_datasets.pairs import PairStore
    from sesr_datasets.scenes import scene_crops

    classifier, cache = evaluation.classifier, output / "cache"
    source = FolderSource(list(photos), list(exclude))
    with progress_bar(lines=True) as advance:
        store = PairStore.build(source, 2, cache, partial(advance, "photographs"))
        for reason in store.skipped:
            click.echo(f"skipped {reason}", err=True)
        crops = scene_crops(store, config.crops, config.side, config.seed)
        lessons = make_lessons(crops, classifier, config, cache / "adversarial", advance)
        judge = Judge(evaluation, EPSILONS, config.adaptive_epsilon if config.adaptive else 0.0)
        progress = TrainingProgress(advance, config.steps)
        trainer = DefenseTrainer(config, lessons, classifier, judge, output, progress)
        progress.start(trainer.step, [])
        return trainer.run(), len(store)


def _publish(config: DefenseConfig, best: Path, output: Path, origin: dict[str, Any]) -> str:
    """Write the three files of the trained network and say where it is."""
    from defense.parse import parse_defense
    from defense.training.student import network_position
    from sesr.catalog.card import ModelCard
    from sesr.network.load import load_network
    from sesr.training.publish import publish

    defense = parse_defense(config.defense)
    stage: Any = defense.transforms[network_position(defense)]
    start = stage.trained.card
    card = ModelCard.describe(start.variant, start.scale, start.channels, start.activation)
    training = {**origin, **asdict(config), "started_from": stage.trained.stem.name}
    model = publish(load_network(best), card, output, training)
    return f"{model.litert}: use it as --defense with sesr:{model.keras}"

"""`sesr robustness train`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from defense.training import DefenseConfig
from sesr_app.robustness.options import Setup, grouped_options, numbers, option, require_defense
from sesr_app.terminal.config_options import PRECISION, beside_recipe, config_options, is_given

if TYPE_CHECKING:
    from defense.classifiers import Classifier
    from defense.evaluation import Evaluation
    from sesr_datasets.pairs import PairStore

_DEFENSE = {
    "defense": "With one SESR network for RGB, which is trained on from its weights.",
    "fresh": "A network to train from its beginning in the place of that one, which must be of the "
    "same scale: S4 in that of sesr:smoothed:rgb.",
    "judged": "The defense that it is for, where it is trained on smaller images.",
    "teacher": "How the classifier sees clean photographs: these answers are the right ones.",
    "crops": "Pieces of photographs.",
    "side": "Of those pieces, in pixels.",
    "noisy": "How many of them get noise beforehand.",
    "steps": "Optimiser steps in all.",
    "clean": "Clean pieces in a step.",
    "gray": "Pieces with noise against the bare classifier.",
    "smoothed": "Pieces with Gaussian noise, drawn anew every time.",
    "adaptive": "Pieces attacked through the defense; behind Gaussian noise beside --smoothed.",
}
_SCHEDULE = {
    "gray_steps": "PGD steps that make the noise against the bare classifier.",
    "fidelity": "Weight of the squared error beside the classifier's answers.",
    "features": "Weight of the error of the classifier's maps beside them.",
    "adaptive_epsilon": "Bound of the attack through the defense, in 1/255.",
    "adaptive_from": "That bound in the first step, from which it grows; 0: the same throughout.",
    "adaptive_steps": "PGD steps through the defense.",
    "learning_rate": "Peak of the schedule.",
    "warmup": "Steps of linear warm-up.",
    "ema": "Momentum of the averaged weights.",
    "precision": PRECISION,
    "validate_every": "Steps between validations, each with a checkpoint.",
}


@dataclass(frozen=True, slots=True)
class TrainOptions(Setup):
    """What `sesr robustness train` is told besides the settings of the training."""

    photos: tuple[Path, ...] = option(
        "Folder of photographs to train on; they need no labels.",
        multiple=True,
        required=True,
        type=click.Path(path_type=Path),
    )
    exclude: tuple[str, ...] = option(
        'Their names to leave out, as a pattern: "test-*".', multiple=True
    )
    beside: tuple[tuple[str, Path], ...] = option(
        "A further classifier that the network shall serve, and its weights; - for those of its "
        "own. A file takes black and white as 0 and 1.",
        multiple=True,
        type=(str, click.Path(path_type=Path, allow_dash=True)),
        metavar="NAME WEIGHTS",
    )

    def further(self) -> list[Classifier]:
        """The classifiers beside the first."""
        from defense.classifiers import load_classifier

        return [
            load_classifier(name, None if str(weights) == "-" else weights)
            for name, weights in self.beside
        ]

    def origin(self, photos: int, labelled: int) -> dict[str, Any]:
        """What the card tells of so many photographs, and images to choose by."""
        return {
            "data": [path.name for path in self.photos],
            "exclude": list(self.exclude),
            "images": photos,
            "classifier": ", ".join([self.classifier, *(name for name, _ in self.beside)]),
            "chosen_on": f"images {self.skip + 1} to {self.skip + labelled}",
        }


@click.command("train")
@grouped_options(TrainOptions)
@config_options(DefenseConfig, _DEFENSE)
@click.option(
    "--gray-epsilons",
    default=",".join(f"{epsilon:g}" for epsilon in DefenseConfig().gray_epsilons),
    show_default=True,
    help="Bounds of the former noise, in 1/255, with commas.",
)
@click.option(
    "--sigmas",
    default=",".join(f"{sigma:g}" for sigma in DefenseConfig().sigmas),
    show_default=True,
    help="Of the Gaussian noise, fractions of full scale with commas, in turns.",
)
@config_options(DefenseConfig, _SCHEDULE)
@click.option(
    "--recipe",
    help="All settings at once, as of a shipped network (see defense/training/recipes.py).",
)
@click.pass_context
def train_command(
    context: click.Context, /, options: TrainOptions, recipe: str | None, **given: Any
) -> None:
    """Train the network of a defense for a classifier, or go on with a run that was stopped.

    The classifier stays as it is. Photographs, with noise and attacks on them, shall get the
    answers that it gives to the clean ones; the best network is chosen on the labelled images,
    which should not be those of a report. The folder ends up with it as .keras, .tflite and
    card, for --defense "sesr:FOLDER/NAME.keras,...".
    """
    require_defense("sesr robustness train")
    from defense import parse_defense
    from defense.training import (
        find_defense_recipe,
        network_card,
        publish_defense,
        served_classifiers,
    )

    if recipe is not None:
        other = beside_recipe(context, (*given, "seed"))
        config = replace(find_defense_recipe(recipe), **other)
    else:
        config = _settings(context, given, options.seed)
    defense = parse_defense(config.defense)
    network_card(config)
    evaluation = options.evaluation(defense, ["gray-box"])
    classifiers = served_classifiers(config, evaluation.classifier, options.further())
    best, photos = _train(config, evaluation, classifiers, options)
    origin = options.origin(photos, len(evaluation.data))
    model = publish_defense(config, best, options.output, origin)
    print(f"{model.litert}: use it as --defense with sesr:{model.keras}")


def _settings(context: click.Context, given: dict[str, Any], seed: int) -> DefenseConfig:
    """The configuration that the options make; a short run warms up shorter, unless told."""
    settings = {
        **given,
        "gray_epsilons": numbers(given["gray_epsilons"], "gray-epsilons"),
        "sigmas": numbers(given["sigmas"], "sigmas"),
    }
    if not is_given(context, "warmup"):
        settings["warmup"] = min(settings["warmup"], settings["steps"] // 10)
    return DefenseConfig(seed=seed, **settings)


def _train(
    config: DefenseConfig,
    evaluation: Evaluation,
    classifiers: list[Classifier],
    options: TrainOptions,
) -> tuple[Path, int]:
    """The best network, and how many photographs it was trained on."""
    from defense.training import prepare_trainer
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.terminal.training import TrainingProgress, tell_if_slow
    from sesr_datasets.scenes import scene_crops

    tell_if_slow(config.precision)
    with progress_bar(lines=True) as advance:
        store = _open_store(options, partial(advance, "photographs"))
        crops = scene_crops(store, config.crops, config.side, config.seed)
        progress = TrainingProgress(advance, config.steps)
        trainer = prepare_trainer(
            config, crops, evaluation, options.output, progress, advance, classifiers
        )
        progress.start(trainer.step, [])
        return trainer.run(), len(store)


def _open_store(options: TrainOptions, report: Any) -> PairStore:
    """The photographs, decoded into the run's cache."""
    from sesr_datasets.folder_source import FolderSource
    from sesr_datasets.pairs import PairStore

    source = FolderSource(list(options.photos), list(options.exclude))
    store = PairStore.build(source, 2, options.output / "cache", report)
    for reason in store.skipped:
        click.echo(f"skipped {reason}", err=True)
    return store

"""`sesr train`."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sesr.errors import UsageError
from sesr_app.terminal.recipe_settings import refuse_settings

if TYPE_CHECKING:
    from sesr.training.config import TrainingConfig
    from sesr.training.trainer import TrainingResult
    from sesr_datasets.pairs import PairStore

DIV2K = "div2k"
CACHE = "cache"

SETTINGS = (
    "scale",
    "activation",
    "steps",
    "batch_size",
    "crop",
    "learning_rate",
    "ema",
    "loss",
    "precision",
    "quantize",
    "seed",
    "dispatch",
)
"""Options that go into the configuration as they are."""


@click.command
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of the run.",
)
@click.option(
    "--validation",
    multiple=True,
    help="Folders of images to choose by (div2k has its own).",
)
@click.option(
    "--exclude",
    multiple=True,
    help='File names to leave out of the training, as a pattern: "test-*".',
)
@click.option(
    "--recipe",
    help="All settings at once, as of the shipped networks: m3_x2_rgb; or gpu_m7_x2_y "
    "and its like, long runs for a GPU (see sesr/training/recipes.py).",
)
@click.option(
    "--model",
    default="M5",
    show_default=True,
    help="M2, M3, M5, M7, M11, XL, N5, N7 or FSRCNN.",
)
@click.option("--scale", default=2, show_default=True, help="2 or 4.")
@click.option("--rgb", is_flag=True, help="RGB in and out instead of Y.")
@click.option("--activation", default="relu", show_default=True, help="relu or prelu.")
@click.option(
    "--start-from",
    type=click.Path(path_type=Path),
    help="A .keras file to take over every layer that fits from.",
)
@click.option("--steps", default=100000, show_default=True, help="Optimiser steps in all.")
@click.option("--batch-size", default=16, show_default=True, help="Crops in a step.")
@click.option(
    "--crop", default=48, show_default=True, help="Side of a crop in low-resolution pixels."
)
@click.option(
    "--learning-rate",
    default=0.0005,
    show_default=True,
    help="Peak of the schedule.",
)
@click.option("--warmup", default=1000, show_default=True, help="Steps of linear warm-up.")
@click.option("--ema", default=0.999, show_default=True, help="Momentum of the averaged weights.")
@click.option("--loss", default="l1", show_default=True, help="l1, l2 or psnr.")
@click.option("--precision", default="float32", show_default=True, help="float32 or bfloat16.")
@click.option(
    "--quantize",
    default="none",
    show_default=True,
    help="int8 fine-tunes the network of --start-from while it rounds as in int8; int6 rounds "
    "more coarsely, as a start for int8.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of weights and data.")
@click.option(
    "--validate-every",
    default=1000,
    show_default=True,
    help="Steps between validations, each with a checkpoint.",
)
@click.option(
    "--dispatch",
    default=1,
    show_default=True,
    help="Steps handed to the device at a time; more pays on a GPU.",
)
@click.pass_context
def train(
    context: click.Context,
    /,
    data: tuple[str, ...],
    output: Path,
    validation: tuple[str, ...],
    exclude: tuple[str, ...],
    recipe: str | None,
    start_from: Path | None,
    **given: Any,
) -> None:
    """Train a network, or go on with a run that was stopped.

    Started again with the same settings and output folder, a run continues from its last
    checkpoint, with the same schedule and the same data. The folder ends up with the best
    network as .keras (to train on), as .tflite (for `sesr upscale --model`) and its card, and
    the course of the training as log.csv.
    """
    from sesr_app.terminal.extras import require

    require("sesr train", "train", ["keras", "tensorflow"])
    import keras

    if recipe is not None:
        refuse_settings(context, (*SETTINGS, "model", "rgb", "warmup", "validate_every"))
        config, start_from = _follow_recipe(recipe, start_from)
    else:
        config = _settings(given)
    stores = _open_stores(list(data), list(exclude), list(validation), config.scale, output)
    keras.utils.set_random_seed(config.seed)
    origin = {
        "data": [Path(name).name for name in data],
        "exclude": list(exclude),
        "images": len(stores[0]),
        "started_from": _history(start_from),
    }
    _run(config, stores, output, start_from, origin)


def _settings(given: dict[str, Any]) -> TrainingConfig:
    """The configuration that the options make."""
    from sesr.training.config import TrainingConfig

    steps = given["steps"]
    return TrainingConfig(
        variant=given["model"].upper(),
        channels=3 if given["rgb"] else 1,
        warmup=min(given["warmup"], steps // 10),
        validate_every=min(given["validate_every"], steps),
        **{name: given[name] for name in SETTINGS},
    )


def _follow_recipe(name: str, start_from: Path | None) -> tuple[TrainingConfig, Path | None]:
    """The settings of a recipe, and the shipped network that it starts from."""
    from sesr.catalog.shipped import MODELS_FOLDER
    from sesr.training.recipes import find_recipe

    recipe = find_recipe(name)
    if start_from is None and recipe.start is not None:
        start_from = MODELS_FOLDER / f"{recipe.start}.keras"
    return recipe.config, start_from


def _open_stores(
    data: list[str], exclude: list[str], validation: list[str], scale: int, output: Path
) -> tuple[PairStore, PairStore]:
    """Training and validation pairs, decoded into the run's cache."""
    if not validation and data != [DIV2K]:
        raise UsageError(
            "validation images are needed to choose the best network: --validation DIR"
        )
    return (
        _open_store(data, exclude, scale, output, "train"),
        _open_store(validation or [DIV2K], [], scale, output, "validation"),
    )


def _open_store(
    names: list[str], exclude: list[str], scale: int, output: Path, split: str
) -> PairStore:
    from sesr_app.terminal.progress import progress_bar
    from sesr_datasets.div2k import Div2kSource
    from sesr_datasets.folder_source import FolderSource
    from sesr_datasets.pairs import PairStore

    if DIV2K in names and len(names) > 1:
        raise UsageError("div2k cannot be mixed with folders; give one or the other")
    source = (
        Div2kSource(split, scale)
        if names == [DIV2K]
        else FolderSource([Path(name) for name in names], exclude)
    )
    with progress_bar() as advance:
        report = partial(advance, f"{split} images")
        store = PairStore.build(source, scale, output / CACHE, report)
    for reason in store.skipped:
        click.echo(f"skipped {reason}", err=True)
    return store


def _run(
    config: TrainingConfig,
    stores: tuple[PairStore, PairStore],
    output: Path,
    start_from: Path | None,
    origin: dict[str, Any],
) -> None:
    from sesr.network.load import load_network
    from sesr.training.trainer import Trainer
    from sesr.training.validation import ValidationImage, Validator
    from sesr_app.terminal.progress import progress_bar
    from sesr_app.train.progress import TrainingProgress
    from sesr_datasets.crops import CropSampler

    store, held_out = stores
    sampler = CropSampler(store, config.crop, config.batch_size, config.channels, config.seed)
    images = [ValidationImage(pair.low, pair.high) for pair in held_out]
    validator = Validator(images, config.scale, config.channels)
    start = None if start_from is None else load_network(start_from)
    with progress_bar() as advance:
        progress = TrainingProgress(advance, config.steps)
        trainer = Trainer(config, sampler.batch, validator, output, progress, start)
        progress.start(trainer.step, trainer.taken_over)
        result = trainer.run()
    _publish(config, result, output, origin)


def _history(start_from: Path | None) -> dict[str, Any] | None:
    """How the network that a run starts from was trained, if its card tells."""
    from sesr.catalog.card import ModelCard
    from sesr.training.trainer import BEST

    if start_from is None:
        return None
    card = start_from.with_suffix(".json")
    if start_from.name == BEST:
        # The card of a finished run is named after the model.
        card = next(iter(sorted(start_from.parent.glob("*_x?_*.json"))), card)
    if not card.exists():
        return {"file": start_from.name}
    model = ModelCard.load(card)
    return {"model": model.stem, "training": model.training}


def _publish(
    config: TrainingConfig, result: TrainingResult, output: Path, origin: dict[str, Any]
) -> None:
    """Write the three files of a trained model and say what it reaches."""
    import keras

    from sesr.catalog.card import ModelCard
    from sesr.network.load import load_network
    from sesr.training.publish import publish

    reached = (
        f"{result.psnr:.2f} dB on the validation images, bicubic {result.bicubic:.2f} dB; "
        f"{result.data_wait:.1%} of the time waited for data"
    )
    if keras.backend.backend() != "tensorflow":
        click.echo(
            f"{result.model}: {reached}; the same command with KERAS_BACKEND=tensorflow "
            "writes the LiteRT file"
        )
        return
    card = ModelCard.describe(
        config.variant, config.scale, config.channels, config.activation, config.quantize
    )
    training = {
        **origin,
        **asdict(config),
        "validation_psnr": round(result.psnr, 3),
        "validation_bicubic_psnr": round(result.bicubic, 3),
    }
    model = publish(load_network(result.model), card, output, training)
    click.echo(f"{model.litert}: {reached}")

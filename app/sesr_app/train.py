"""`sesr train`."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sesr.errors import UsageError

if TYPE_CHECKING:
    from sesr.training.config import TrainingConfig
    from sesr.training.trainer import TrainingResult
    from sesr_datasets.pairs import PairStore

DIV2K = "div2k"
CACHE = "cache"


def train(
    data: Annotated[
        list[str],
        typer.Argument(
            help="Folders of images, searched at any depth, or: div2k", metavar="DATA..."
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the run.")],
    validation: Annotated[
        list[str] | None,
        typer.Option(help="Folders of images to choose by (div2k has its own)."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help='File names to leave out of the training, as a pattern: "test-*".'),
    ] = None,
    model: Annotated[str, typer.Option(help="M2, M3, M5, M7, M11, XL, N5 or N7.")] = "M5",
    scale: Annotated[int, typer.Option(help="2 or 4.")] = 2,
    rgb: Annotated[bool, typer.Option("--rgb", help="RGB in and out instead of Y.")] = False,
    activation: Annotated[str, typer.Option(help="relu or prelu.")] = "relu",
    start_from: Annotated[
        Path | None,
        typer.Option(help="A .keras file to take over every layer that fits from."),
    ] = None,
    steps: Annotated[int, typer.Option(help="Optimiser steps in all.")] = 100_000,
    batch_size: Annotated[int, typer.Option(help="Crops in a step.")] = 16,
    crop: Annotated[int, typer.Option(help="Side of a crop in low-resolution pixels.")] = 48,
    learning_rate: Annotated[float, typer.Option(help="Peak of the schedule.")] = 5e-4,
    warmup: Annotated[int, typer.Option(help="Steps of linear warm-up.")] = 1_000,
    ema: Annotated[float, typer.Option(help="Momentum of the averaged weights.")] = 0.999,
    loss: Annotated[str, typer.Option(help="l1, l2 or psnr.")] = "l1",
    precision: Annotated[str, typer.Option(help="float32 or bfloat16.")] = "float32",
    seed: Annotated[int, typer.Option(help="Seed of weights and data.")] = 0,
    validate_every: Annotated[
        int, typer.Option(help="Steps between validations, each with a checkpoint.")
    ] = 1_000,
    dispatch: Annotated[
        int, typer.Option(help="Steps handed to the device at a time; more pays on a GPU.")
    ] = 1,
) -> None:
    """Train a network, or go on with a run that was stopped.

    Started again with the same settings and output folder, a run continues from its last
    checkpoint, with the same schedule and the same data. The folder ends up with the best
    network as .keras (to train on), as .tflite (for `sesr upscale --model`) and its card, and
    the course of the training as log.csv.
    """
    from sesr_app.extras import require

    require("sesr train", "train", ["keras", "tensorflow"])
    import keras

    from sesr.training.config import TrainingConfig

    config = TrainingConfig(
        variant=model.upper(),
        scale=scale,
        channels=3 if rgb else 1,
        activation=activation,
        steps=steps,
        batch_size=batch_size,
        crop=crop,
        learning_rate=learning_rate,
        warmup=min(warmup, steps // 10),
        ema=ema,
        loss=loss,
        precision=precision,
        seed=seed,
        validate_every=min(validate_every, steps),
        dispatch=dispatch,
    )
    stores = _open_stores(data, exclude or [], validation or [], config.scale, output)
    keras.utils.set_random_seed(config.seed)
    origin = {
        "data": [Path(name).name for name in data],
        "exclude": exclude or [],
        "images": len(stores[0]),
        "started_from": _history(start_from),
    }
    _run(config, stores, output, start_from, origin)


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
    from sesr_app.progress import progress_bar
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
        typer.echo(f"skipped {reason}", err=True)
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
    from sesr_app.training_progress import TrainingProgress
    from sesr_datasets.crops import CropSampler

    store, held_out = stores
    sampler = CropSampler(store, config.crop, config.batch_size, config.channels, config.seed)
    images = [ValidationImage(pair.low, pair.high) for pair in held_out]
    validator = Validator(images, config.scale, config.channels)
    start = None if start_from is None else load_network(start_from)
    with TrainingProgress(config.steps) as progress:
        trainer = Trainer(config, sampler.batch, validator, output, progress, start)
        progress.start(trainer.step, trainer.taken_over)
        result = trainer.run()
    _publish(config, result, output, origin)


def _history(start_from: Path | None) -> dict[str, Any] | None:
    """How the network that a run starts from was trained, if its card tells."""
    from sesr.card import ModelCard

    if start_from is None:
        return None
    card = start_from.with_suffix(".json")
    if not card.exists():
        return {"file": start_from.name}
    model = ModelCard.load(card)
    return {"model": model.stem, "training": model.training}


def _publish(
    config: TrainingConfig, result: TrainingResult, output: Path, origin: dict[str, Any]
) -> None:
    """Write the three files of a trained model and say what it reaches."""
    import keras

    from sesr.card import ModelCard
    from sesr.network.load import load_network
    from sesr.training.publish import publish

    reached = (
        f"{result.psnr:.2f} dB on the validation images, bicubic {result.bicubic:.2f} dB; "
        f"{result.data_wait:.1%} of the time waited for data"
    )
    if keras.backend.backend() != "tensorflow":
        typer.echo(
            f"{result.model}: {reached}; the same command with KERAS_BACKEND=tensorflow "
            "writes the LiteRT file"
        )
        return
    card = ModelCard.describe(config.variant, config.scale, config.channels, config.activation)
    training = {
        **origin,
        **asdict(config),
        "validation_psnr": round(result.psnr, 3),
        "validation_bicubic_psnr": round(result.bicubic, 3),
    }
    model = publish(load_network(result.model), card, output, training)
    typer.echo(f"{model.litert}: {reached}")

"""A training from the words of its command to the three files of its network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from sesr.errors import ModelError
from sesr.training.config import TrainingConfig
from sesr_app.terminal.progress import progress_bar
from sesr_app.terminal.training import TrainingProgress, tell_if_slow
from sesr_app.train.sets import open_training_sets, open_validation_sets

if TYPE_CHECKING:
    from sesr.training.run.log import LogRow
    from sesr.training.run.loop import RunResult
    from sesr.training.validation import Validator
    from sesr_datasets.crops import CropSampler
    from sesr_datasets.pairs import Pair, PairStore


def made_settings(given: dict[str, Any], names: Sequence[str]) -> TrainingConfig:
    """The configuration that options make; what was not given follows from the steps."""
    standard, steps = TrainingConfig(), given["steps"]
    warmup, every = given["warmup"], given["validate_every"]
    return TrainingConfig(
        variant=given["model"].upper(),
        channels=3 if given["rgb"] else 1,
        warmup=min(standard.warmup, steps // 10) if warmup is None else warmup,
        validate_every=min(standard.validate_every, steps) if every is None else every,
        **{name: given[name] for name in names},
    )


def find_settings(recipe: str, start_from: Path | None) -> tuple[TrainingConfig, Path | None]:
    """The settings of a recipe, and the shipped network that it starts from.

    Raises:
        UsageError: there is no such recipe.
    """
    from sesr.catalog.shipped import MODELS_FOLDER
    from sesr.training.recipes import find_recipe

    found = find_recipe(recipe)
    if start_from is None and found.start is not None:
        start_from = MODELS_FOLDER / f"{found.start}.keras"
    return found.config, start_from


class RunListener(Protocol):
    """Hears of a run from its beginning on."""

    def start(self, step: int, taken_over: list[str]) -> None:
        """Called when data and network are there; step: where the run goes on."""

    def on_steps(self, step: int, loss: float) -> None:
        """See `TrainingListener`."""

    def on_validation(self, row: LogRow, text: str, best: bool) -> None:
        """See `TrainingListener`."""


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One run.

    Attributes:
        photos: folders to train on, or "div2k".
        validation: folders to choose by.
        exclude: patterns of file names to leave out of the training.
        output: folder of the run.
        config: its settings.
        start_from: `.keras` file to take over every layer that fits from.
        devices: that share each step.
    """

    photos: tuple[str, ...]
    validation: tuple[str, ...]
    exclude: tuple[str, ...]
    output: Path
    config: TrainingConfig
    start_from: Path | None
    devices: int = 1

    def run(self) -> str:
        """Train to the end, or go on; what was reached, as a line for people.

        Raises:
            UsageError, TrainingError: see `sesr train --help`.
        """
        tell_if_slow(self.config.precision)
        with progress_bar() as advance:
            return self.train(TrainingProgress(advance, self.config.steps))

    def train(self, listener: RunListener) -> str:
        """The same, told to a listener.

        Raises:
            UsageError, TrainingError: see `sesr train --help`.
        """
        import keras

        from sesr.network.load import load_network
        from sesr.training.trainer import Trainer

        history = _history(self.start_from)
        sampler, validator, origin = self._data()
        keras.utils.set_random_seed(self.config.seed)
        start = None if self.start_from is None else load_network(self.start_from)
        trainer = Trainer(
            self.config,
            sampler.batch,
            validator,
            self.output,
            listener,
            start,
            self.devices,
            origin | {"weights to start from": _digest(self.start_from)},
        )
        listener.start(trainer.step, trainer.taken_over)
        return self._publish(trainer.run(), validator.bicubic, len(sampler.pairs), history)

    def _data(self) -> tuple[CropSampler, Validator, dict[str, str]]:
        """Crops, what chooses, and digests that tell this run from one of other photographs."""
        from sesr.training.validation import ValidationImage, Validator
        from sesr_datasets.crops import CropSampler
        from sesr_datasets.degradation import Degradation
        from sesr_datasets.overlap import refuse_overlap

        config = self.config
        degradation = Degradation.parse(config.degradation)
        mixture = open_training_sets(self.photos, self.exclude, config, self.output)
        kinds = open_validation_sets(self.validation, config, self.output, self.photos)
        refuse_overlap(mixture, (pair for store in kinds.values() for pair in store))
        sampler = CropSampler(
            mixture, config.crop, config.batch_size, config.channels, config.seed, degradation
        )
        for reason in sampler.too_small:
            click.echo(f"left out {reason}", err=True)
        images = {
            name: [
                ValidationImage(
                    degradation.steady(pair.low, number) if degradation else pair.low, pair.high
                )
                for number, pair in enumerate(_measurable(store, config.scale))
            ]
            for name, store in kinds.items()
        }
        origin = {
            "photographs": mixture.digest,
            "validation images": ",".join(f"{name} {one.digest}" for name, one in kinds.items()),
        }
        return sampler, Validator(images, config.scale, config.channels), origin

    def _publish(
        self, result: RunResult, bicubic: float, images: int, history: dict[str, Any] | None
    ) -> str:
        """Write the three files of the trained network."""
        import keras

        from sesr.catalog.card import ModelCard
        from sesr.network.load import load_network
        from sesr.training.publish import publish
        from sesr_datasets.degradation import Degradation

        config = self.config
        reached = (
            f"{result.best:.2f} dB on the validation images, bicubic {bicubic:.2f} dB; "
            f"{result.data_wait:.1%} of the time waited for data"
        )
        if keras.backend.backend() != "tensorflow":
            return (
                f"{result.model}: {reached}; the same command with KERAS_BACKEND=tensorflow "
                "writes the LiteRT file"
            )
        degradation = Degradation.parse(config.degradation)
        card = ModelCard.describe(
            config.variant,
            config.scale,
            config.channels,
            config.activation,
            config.quantize,
            degradation.artefacts if degradation else "clean",
        )
        training = {
            "data": [Path(name).name for name in self.photos],
            "validation": [Path(name).name for name in self.validation],
            "exclude": list(self.exclude),
            "images": images,
            "started_from": history,
            **asdict(config),
            "validation_psnr": round(result.best, 3),
            "validation_bicubic_psnr": round(bicubic, 3),
            "validation_by_kind": self._by_kind(result.best),
        }
        model = publish(load_network(result.model), card, self.output, training)
        return f"{model.litert}: {reached}"

    def _by_kind(self, best: float) -> dict[str, float]:
        """What the best network has on each of several kinds of validation images, in dB.

        Empty where somebody removed the log.
        """
        from sesr.training.run.log import row_with
        from sesr.training.run.loop import LOG

        row = row_with(self.output / LOG, "psnr", best)
        kinds = {
            name.removeprefix("psnr_"): value for name, value in row.items() if "psnr_" in name
        }
        return {name: round(value, 3) for name, value in kinds.items()}


def _measurable(store: PairStore, scale: int) -> Iterator[Pair]:
    """The images of which something is left when the border is not counted."""
    for pair in store:
        height, width = pair.high.shape[:2]
        if min(height, width) > 2 * scale:
            yield pair
        else:
            click.echo(
                f"left out {pair.name}: too small to be validated on: {width}x{height}, but sides "
                f"above {2 * scale} are needed",
                err=True,
            )


def _digest(path: Path | None) -> str:
    return "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def _history(start_from: Path | None) -> dict[str, Any] | None:
    """How the network that a run starts from was trained, if its card tells."""
    from sesr.catalog.card import ModelCard
    from sesr.training.run.loop import BEST

    if start_from is None:
        return None
    card = start_from.with_suffix(".json")
    if start_from.name == BEST:
        # The card of a finished run is named after the model.
        card = next(iter(sorted(start_from.parent.glob("*_x?_*.json"))), card)
    if not card.exists():
        return {"file": start_from.name}
    try:
        model = ModelCard.load(card)
    except ModelError:
        # Other tools write JSON files of other kinds beside models.
        return {"file": start_from.name}
    return {"model": model.stem, "training": model.training}

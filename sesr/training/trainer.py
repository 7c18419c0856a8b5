"""Training a network of the family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from sesr.network.runnable import copy_runnable_weights, make_runnable
from sesr.network.sesr import without_clip
from sesr.pixels.color import FloatImage
from sesr.training.averaged import AveragedTrainer
from sesr.training.config import TrainingConfig
from sesr.training.run.loop import Measurement, RunResult, TrainingListener, TrainingRun
from sesr.training.schedule import make_optimizer
from sesr.training.start.prepare import prepare_network
from sesr.training.step import TrainStep, check_devices, make_train_step
from sesr.training.validation import Validator

Crops = tuple[FloatImage, FloatImage]
"""Low resolution (N, crop, crop, C) and high (N, crop * scale, crop * scale, C), in [0, 1]."""


class Trainer(AveragedTrainer):
    """Trains a network, and goes on where an earlier run of the same folder stopped.

    The seed of the starting weights is Keras' own, `keras.utils.set_random_seed`.

    Args:
        config: the run.
        crops: the data of a step, by the step's number; must not depend on anything else.
        validator: measures the network.
        output: folder of the run, made if missing (see `sesr.training.run.loop.TrainingRun`).
        listener: hears of the progress.
        start_from: an expanded network to take every layer over from that fits; a quantised run
            takes a whole network.
        devices: that share the crops of each step.
        origin: of the crops, the validation and the start (see `TrainingRun`).

    Raises:
        TrainingError: the folder holds a checkpoint of another run, or `start_from` does not
            fit.
        UsageError: there are not so many devices, or the crops cannot be shared alike.

    Attributes:
        taken_over: names of the layers that came from `start_from`.
    """

    def __init__(
        self,
        config: TrainingConfig,
        crops: Callable[[int], Crops],
        validator: Validator,
        output: Path,
        listener: TrainingListener,
        start_from: keras.Model | None = None,
        devices: int = 1,
        origin: Mapping[str, str] | None = None,
    ) -> None:
        check_devices(devices, config.batch_size)
        self.config = config
        model, self.taken_over = prepare_network(config, start_from)
        kept, _ = prepare_network(replace(config, precision="float32"), start_from)
        super().__init__(model, kept, make_optimizer(config))
        self._crops = crops
        self._validator, self._devices = validator, devices
        self._runnable = make_runnable(self._kept)
        self._run = TrainingRun(config, self, output, listener, origin)

    def run(self) -> RunResult:
        """Train to the last step of the configuration; the score is the PSNR in dB.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        return self._run.run()

    def data(self, dispatch: int) -> Crops:
        """The crops of all steps of a dispatch, (K, N, h, w, C) and the same for the targets."""
        first = dispatch * self.config.dispatch
        low, high = zip(*(self._crops(first + i) for i in range(self.config.dispatch)), strict=True)
        return np.stack(low), np.stack(high)

    def train(self, data: Crops) -> float:
        """Make the steps of one dispatch; their mean loss."""
        return self._train_step(*data)

    def measure(self) -> Measurement:
        """Validate the averaged weights."""
        self._train_step.sync()
        self.take_average()
        copy_runnable_weights(self._kept, self._runnable)
        return self._validator(self._runnable)

    @cached_property
    def _train_step(self) -> TrainStep:
        """Made with the weights that the run starts or goes on from."""
        network = without_clip(self.model)
        return make_train_step(network, self._optimizer, self.config.loss, self._devices)

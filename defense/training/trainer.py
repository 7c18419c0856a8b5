"""Training the network of a defense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from defense.batch import ImageBatch
from defense.classifiers import Classifier
from defense.parse import parse_defense
from defense.training.config import DefenseConfig
from defense.training.lessons import Lessons
from defense.training.step import DefenseStep
from defense.training.student import Student, trainable_network
from defense.training.validation import StudentJudge, scores_of
from sesr.training.averaged import AveragedTrainer
from sesr.training.run.loop import Measurement, TrainingListener, TrainingRun
from sesr.training.schedule import make_optimizer

StepData = tuple[int, ImageBatch, ImageBatch]
"""Of a step: its number, the photographs, the same without noise."""


class DefenseTrainer(AveragedTrainer):
    """Trains the network of a defense, and goes on where an earlier run of the folder stopped.

    Args:
        config: the run.
        lessons: what to train on.
        classifiers: which the defense is for, in turns; their models take any size and stay as
            they are.
        judges: measure the network, each in front of one of them.
        output: folder of the run, made if missing (see `sesr.training.run.loop.TrainingRun`).
        listener: hears of the progress.
        origin: of the photographs and of the network (see `TrainingRun`).

    Raises:
        TrainingError: the folder holds a checkpoint of another run.
        UsageError: the configuration's defense cannot be trained.
    """

    def __init__(
        self,
        config: DefenseConfig,
        lessons: Lessons,
        classifiers: Sequence[Classifier],
        judges: Sequence[StudentJudge],
        output: Path,
        listener: TrainingListener,
        origin: Mapping[str, str] | None = None,
    ) -> None:
        self.config = config
        self._lessons, self._judges = lessons, judges
        defense = parse_defense(config.defense)
        network = trainable_network(config, config.dtype)
        super().__init__(network, trainable_network(config), make_optimizer(config))
        judged = parse_defense(config.judged or config.defense)
        self._judged = {one.name: Student(judged, self._kept, one) for one in classifiers}
        self._students = [Student(defense, network, one) for one in classifiers]
        self._steps = [DefenseStep(one, self._optimizer, config) for one in self._students]
        noted = replace(config, classifiers=tuple(one.fingerprint for one in classifiers))
        self._run = TrainingRun(noted, self, output, listener, origin)

    def run(self) -> Path:
        """Train to the last step of the configuration; the path of the best network.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        return self._run.run().model

    def data(self, step: int) -> StepData:
        """The number of a step, and its photographs, clean too."""
        images, chosen = self._lessons.batch(self.config, step)
        return step, images, self._lessons.clean(chosen)

    def train(self, data: StepData) -> float:
        """Make one step; its loss."""
        step, images, clean = data
        make = self._steps[step % len(self._steps)]
        bound = self.config.adaptive_bound(step)
        return make(images, clean, (self.config.seed, step), bound)

    def measure(self) -> Measurement:
        """Judge the averaged weights."""
        self.take_average()
        scores = scores_of(
            {
                name: judge(student)
                for judge, (name, student) in zip(self._judges, self._judged.items(), strict=True)
            }
        )
        return Measurement(scores.mean, scores.figures, scores.text)

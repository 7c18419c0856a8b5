"""Certified accuracy of smoothed defenses, beside that of the classifier without cleaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from defense.batch import ImageBatch
from defense.evaluation.image_set import ImageSet
from defense.evaluation.runner import Evaluation
from defense.presets import find_defense
from defense.smoothing import (
    Certification,
    LiteRTAnswer,
    Smoothed,
    TallyStore,
    check_plan,
    litert_answer,
    split_noise,
)
from defense.transforms import (
    Compose,
    Interpolation,
    Mirrored,
    Rescale,
    Resize,
    SuperResolve,
    Transform,
    flat,
)
from sesr.reporting.progress import Advance, Progress, no_advance, no_progress

_METHOD: Interpolation = "bicubic"
"""Of a resizing that takes the place of a network."""

_TALLIES = "tallies"
"""The folder of what was proven, in that of the evaluation."""


@dataclass(frozen=True, slots=True)
class CertifyPlan:
    """How to certify.

    Attributes:
        n0: draws that choose a class.
        n: fresh draws that bound its share.
        level: how often a certificate may be wrong.
    """

    n0: int = 100
    n: int = 1_000
    level: float = 0.001

    def __post_init__(self) -> None:
        check_plan(self.n0, self.n, self.level)


@dataclass(frozen=True, slots=True)
class Certified:
    """One smoothed defense.

    Attributes:
        defense: its text.
        found: what is proven.
    """

    defense: str
    found: Certification

    @property
    def seconds(self) -> float:
        """Of an image, the mean over those whose class was bounded; 0 if none was."""
        bounded = [tally.seconds for tally in self.found.tallies if tally.draws]
        return sum(bounded) / len(bounded) if bounded else 0.0


def floor_of(text: str) -> str:
    """The same noise without cleaning: only one resizing to the size that the defense puts out.

    The classifier is asked as often.

    Raises:
        UsageError: the defense does not begin with noise.

    Example:
        >>> floor_of("noise:0.12,bicubic:112,sesr:M5:rgb,bicubic:224")
        'noise:0.12,bicubic:224'
    """
    sigma, rest = split_noise(text)
    views = [stage for stage in flat(rest) if isinstance(stage, Mirrored)]
    return ",".join([f"noise:{sigma:g}", *map(str, [*_resizing(rest), *views])])


def _resizing(chain: Compose) -> list[Transform]:
    """One step from any size to that which a chain puts out."""
    fixed: Resize | None = None
    factor, method = 1, _METHOD
    for stage in flat(chain):
        if isinstance(stage, Resize):
            fixed, factor, method = stage, 1, stage.method
        elif isinstance(stage, Rescale):
            factor, method = factor * stage.scale, stage.method
        elif isinstance(stage, SuperResolve):
            factor, method = factor * stage.trained.card.scale, _METHOD
    if fixed is None:
        return [Rescale(factor, method)] if factor > 1 else []
    height, width = (factor * side for side in fixed.sides)
    return [Resize(height if height == width else (height, width), method)]


def certify_defenses(
    evaluation: Evaluation,
    texts: Sequence[str],
    plan: CertifyPlan,
    advance: Advance = no_advance,
) -> list[Certified]:
    """Certify the images of an evaluation behind several defenses; goes on where it was stopped.

    Args:
        evaluation: of the classifier; its own defense does not matter. The noise comes from its
            seed, so that the figures can be made again.
        texts: the defenses, each of which begins with noise.
        plan: how.
        advance: called with the images done.

    Raises:
        UsageError: a text is no smoothed defense, a setting does not fit, or the classifier is no
            better than guessing; before any work.
    """
    certifiers = [_Certifier(evaluation, text, plan) for text in texts]
    evaluation.check_better_than_guessing()
    total = len(texts) * len(evaluation.data)
    found = []
    for number, certifier in enumerate(certifiers):
        before = number * len(evaluation.data)

        def progress(label: str, before: int, done: int, _: int) -> None:
            advance(label, before + done, total)

        report = partial(progress, certifier.text, before)
        certification = certifier.certify(evaluation.data, evaluation.folder, report)
        found.append(Certified(certifier.text, certification))
    return found


class CertificationWork:
    """What `certify_defenses` needs, made one image at a time.

    Args:
        evaluation, texts, plan: as for `certify_defenses`.
        cores: to keep busy; by default all.
    """

    size = 1

    def __init__(
        self,
        evaluation: Evaluation,
        texts: Sequence[str],
        plan: CertifyPlan,
        cores: int | None = None,
    ) -> None:
        self._certifiers = [_Certifier(evaluation, text, plan, cores) for text in texts]
        self._folder = evaluation.folder

    def is_done(self, data: ImageSet, start: int) -> bool:
        """See `PortionWork`."""
        return all(one.is_done(data, self._folder) for one in self._certifiers)

    def files(self, data: ImageSet, start: int) -> list[Path]:
        """See `PortionWork`."""
        stores = (one.store(self._folder) for one in self._certifiers)
        paths = {store.path(*pair): None for store in stores for pair in _pairs(data)}
        return [path for path in paths if path.exists()]

    def make(self, data: ImageSet, start: int, folder: Path) -> None:
        """See `PortionWork`."""
        for one in self._certifiers:
            one.certify(data, folder)


class _Certifier:
    """One smoothed defense."""

    def __init__(
        self, evaluation: Evaluation, text: str, plan: CertifyPlan, cores: int | None = None
    ) -> None:
        self.text = text
        self._plan, self._size, self._cores = plan, evaluation.data.size, cores
        self._model = _smooth(evaluation, find_defense(text))
        self._fingerprint = evaluation.fingerprint_behind(self._model.defended.defense)

    def certify(
        self, data: ImageSet, folder: Path, progress: Progress = no_progress
    ) -> Certification:
        """Certify some images, or find what was proven of them."""
        return self._model.certify(
            data.images,
            data.labels.tolist(),
            n0=self._plan.n0,
            n=self._plan.n,
            level=self._plan.level,
            folder=folder / _TALLIES,
            fingerprint=self._fingerprint,
            answer=None if self.is_done(data, folder) else self._answer,
            progress=progress,
        )

    def is_done(self, data: ImageSet, folder: Path) -> bool:
        """Whether all images have been certified."""
        store = self.store(folder)
        return all(store.find(*pair) for pair in _pairs(data))

    def store(self, folder: Path) -> TallyStore:
        """Where what was proven is kept."""
        plan = self._plan
        return self._model.store(folder / _TALLIES, self._fingerprint, plan.n0, plan.n)

    @cached_property
    def _answer(self) -> LiteRTAnswer | None:
        """Converting takes seconds."""
        return litert_answer(self._model.defended, self._size, self._cores)


def _pairs(data: ImageSet) -> Iterator[tuple[ImageBatch, int]]:
    return zip(data.images, data.labels.tolist(), strict=True)


def _smooth(evaluation: Evaluation, defense: Compose) -> Smoothed:
    return Smoothed.from_text(
        evaluation.classifier.model,
        defense,
        seed=evaluation.seed,
        input_range=evaluation.classifier.input_range,
        batch=evaluation.batch,
    )

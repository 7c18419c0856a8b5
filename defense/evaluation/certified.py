"""Certified accuracy of smoothed defenses, beside that of the classifier without cleaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from defense.evaluation.runner import Evaluation
from defense.presets import find_defense
from defense.smoothing import Certification, Smoothed, check_plan, litert_answer, split_noise
from defense.transforms import Compose, Resize
from sesr.reporting.progress import Advance, no_advance


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
    """The same noise without cleaning: the resizing to the classifier's size alone is left.

    Raises:
        UsageError: the defense does not begin with noise.

    Example:
        >>> floor_of("noise:0.12,bicubic:112,sesr:M5:rgb,bicubic:224")
        'noise:0.12,bicubic:224'
    """
    sigma, rest = split_noise(text)
    last = rest.transforms[-1:]
    kept = last if last and isinstance(last[0], Resize) else ()
    return ",".join([f"noise:{sigma:g}", *map(str, kept)])


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
        UsageError: a text is no smoothed defense, or a setting does not fit; before any work.
    """
    smoothed = {text: _smooth(evaluation, find_defense(text)) for text in texts}
    total = len(texts) * len(evaluation.data)
    found = []
    for number, (text, model) in enumerate(smoothed.items()):
        before = number * len(evaluation.data)

        def progress(label: str, before: int, done: int, _: int) -> None:
            advance(label, before + done, total)

        certification = model.certify(
            evaluation.data.images,
            evaluation.data.labels.tolist(),
            n0=plan.n0,
            n=plan.n,
            level=plan.level,
            folder=evaluation.folder / "tallies",
            fingerprint=evaluation.fingerprint_behind(model.defended.defense),
            answer=litert_answer(model.defended, evaluation.data.size),
            progress=partial(progress, text, before),
        )
        found.append(Certified(text, certification))
    return found


def _smooth(evaluation: Evaluation, defense: Compose) -> Smoothed:
    return Smoothed.from_text(
        evaluation.classifier.model,
        defense,
        seed=evaluation.seed,
        input_range=evaluation.classifier.input_range,
        batch=evaluation.batch,
    )

"""Try to break certificates: attack every certified photograph inside its own radius.

    python benchmarks/defense/certificates.py IMAGES LABELS.csv WEIGHTS OUTPUT --defense TEXT

OUTPUT is the folder of a `sesr robustness certify` of MobileNetV2 with the same images and draws;
what it proved is read from there, what is missing is certified first. Each photograph with a proven
radius is attacked in L2 with PGD and APGD through the noise, their gradients averaged over draws,
and by Square with queries of the vote, whose noise the attacker does not know, up to 0.999 of that
radius. Then fresh draws vote. Prints a table: for every attack, how many photographs were attacked,
how many certificates it broke (another class leads, and not by chance), how many votes it changed
in all, as one close to a half may change without any attack, and how much of the votes the right
class kept before and after, on average.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np

from defense import Compose, DefendedClassifier
from defense.attacks import foolbox_model, parse_attack, run_attack
from defense.batch import ImageBatch
from defense.classifiers import load_classifier
from defense.evaluation import CertifyPlan, Evaluation, certify_defenses, read_image_set
from defense.presets import find_defense
from defense.smoothing import Smoothed, litert_answer, split_noise
from defense.smoothing.binomial import even_odds
from defense.smoothing.votes import Counts, count_votes

INSIDE = 0.999
"""Of the radius: rounding is not to carry past it."""


class Target:
    """A smoothed MobileNetV2: as attacks see it, and as it votes."""

    def __init__(self, model: object, text: str, size: tuple[int, int], draws: int) -> None:
        self.sigma, rest = split_noise(text)
        defended = DefendedClassifier(model, rest, input_range=(-1, 1))
        self._answer = litert_answer(defended, size) or defended
        self._draws = draws
        noisy = DefendedClassifier(model, find_defense(text), input_range=(-1, 1))
        self.single = foolbox_model(noisy)
        self.vote = foolbox_model(Smoothed.from_text(model, text, 25, input_range=(-1, 1)))

    def votes(self, image: ImageBatch) -> Counts:
        """Of fresh draws, unknown to any attack."""
        random = np.random.default_rng()
        return count_votes(self._answer, image, self.sigma, self._draws, random, 25)


def main() -> None:
    """Parse the command line, attack, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("images", "labels", "weights", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--defense", required=True)
    parser.add_argument("--first", type=int, default=200, help="photographs that were certified")
    parser.add_argument("--most", type=int, default=20, help="of the certified ones to attack")
    parser.add_argument("--attacks", default="pgd:40,apgd:40,square:50")
    parser.add_argument("--eot", type=int, default=5)
    parser.add_argument("--draws", type=int, default=200, help="of a vote")
    arguments = parser.parse_args()
    data = read_image_set(arguments.images, arguments.labels, arguments.first, 0)
    classifier = load_classifier("mobilenet_v2", arguments.weights)
    evaluation = Evaluation(classifier, Compose([]), data, arguments.output)
    plan = CertifyPlan()
    found = certify_defenses(evaluation, [arguments.defense], plan)[0].found
    certified = np.flatnonzero(found.right & (found.radii > 0))[: arguments.most]
    target = Target(classifier.model, arguments.defense, data.images.shape[1:3], arguments.draws)
    print("| attack | photographs | broken | changed | votes of the right class before | after |")
    print("|---|---|---|---|---|---|")
    for text in arguments.attacks.split(","):
        rows = [
            attacked(target, text, arguments.eot, data.images[i], int(data.labels[i]), radius)
            for i, radius in zip(certified, found.radii[certified], strict=True)
        ]
        print(f"| {text} | {summary(rows, plan.level)} |", flush=True)


def attacked(
    target: Target, text: str, eot: int, image: ImageBatch, label: int, radius: float
) -> tuple[Counts, Counts, int]:
    """The votes on one photograph before and after, and its class."""
    blind = text.startswith("square")
    spec = parse_attack(text, "l2", eot=1 if blind else eot)
    model = target.vote if blind else target.single
    epsilon = INSIDE * float(radius)
    changed = run_attack(model, spec, image[np.newaxis], np.array([label]), epsilon)[0]
    if np.linalg.norm(changed - image) > radius:
        raise SystemExit(f"{text} left its bound of {radius:.4f}")
    return target.votes(image), target.votes(changed), label


def is_broken(after: Counts, label: int, level: float) -> bool:
    """Whether the votes say that another class is the likelier one."""
    leads = int(after.argmax()) != label
    return leads and even_odds(int(after.max()), int(after[label])) <= level


def summary(rows: Sequence[tuple[Counts, Counts, int]], level: float) -> str:
    """Cells of the table."""
    broken = sum(is_broken(after, label, level) for _, after, label in rows)
    changed = sum(int(after.argmax()) != label for _, after, label in rows)
    shares = [[votes[label] / votes.sum() for votes in (b, a)] for b, a, label in rows]
    kept = " | ".join(f"{share:.1%}" for share in np.mean(shares, axis=0)) if rows else " | "
    return f"{len(rows)} | {broken} | {changed} | {kept}"


if __name__ == "__main__":
    main()

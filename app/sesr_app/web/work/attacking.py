"""One photograph, one classifier, one attack: in the process of `Child`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sesr.errors import UsageError
from sesr.reporting.progress import Advance
from sesr_app.web.work.foreign import check_keras

if TYPE_CHECKING:
    from defense.classifiers import Classifier
    from defense.evaluation import Evaluation

NAMED_SIDE = 299
"""Pixels of a side of the images that the named defenses are for."""

_SHOWN_ANSWERS = 3
_IMAGENET = 1000
_EOT = 8
"""Draws of noise that a gradient through a defense that votes is averaged over."""

_QUERIES = 300

Answers = dict[str, float]
"""The likeliest classes and how sure the classifier is of each."""


@dataclass(frozen=True, slots=True)
class AttackWish:
    """What a visitor chose.

    Attributes:
        photograph: file.
        classifier: name, or path of a `.keras` or `.tflite` file.
        weights: file of a named classifier.
        input_range: values of a file's classifier for black and white.
        defense: name or stages.
        knowledge: what the attacker knows.
        attack: its name.
        epsilon: bound of the perturbation in 1/255.
        max_megabytes: of the classifier's file when it is unpacked.
    """

    photograph: Path
    classifier: str
    weights: Path | None
    input_range: tuple[float, float] | None
    defense: str
    knowledge: str
    attack: str
    epsilon: float
    max_megabytes: float = 100.0


@dataclass(frozen=True, slots=True)
class Attacked:
    """What came of it.

    Attributes:
        clean, attacked, difference, defended: pictures; the last is what the classifier gets.
        clean_answers, attacked_answers: of the classifier alone.
        kept_answers, defended_answers: behind the defense, of the clean and the attacked image.
        defense: its stages.
        attack: its name and cost.
        meaning: what the attacker knew.
        votes: draws that the defense's answer is the vote of; 0 if it does not vote.
    """

    clean: Path
    attacked: Path
    difference: Path
    defended: Path
    clean_answers: Answers
    attacked_answers: Answers
    kept_answers: Answers
    defended_answers: Answers
    defense: str
    attack: str
    meaning: str
    votes: int

    @property
    def fooled(self) -> bool:
        """Whether the classifier alone changed its answer."""
        return best(self.attacked_answers) != best(self.clean_answers)

    @property
    def spoiled(self) -> bool:
        """Whether the defense changed the answer without any attack."""
        return best(self.kept_answers) != best(self.clean_answers)

    @property
    def beaten(self) -> bool:
        """Whether the defended classifier gives another answer than to the clean image."""
        return best(self.defended_answers) != best(self.clean_answers)


def best(answers: Answers) -> str:
    """The likeliest class."""
    return max(answers, key=lambda name: answers[name])


def attack_photograph(advance: Advance, wish: AttackWish, folder: Path) -> Attacked:
    """Attack a photograph, and look at what classifier and defense make of it.

    Args:
        advance: told of the progress.
        wish: what was chosen.
        folder: for pictures and what the evaluation keeps.

    Raises:
        SesrError: something that was chosen cannot be loaded, or does not fit.
    """
    from sesr_app.terminal.extras import require

    advance("Starting the classifier", 0, 4)
    require("this tab", "defense", ["foolbox", "keras", "pywt", "tensorflow"])
    from defense.evaluation import MEANING, AttackPlan

    if wish.weights is None and wish.classifier.endswith(".keras"):
        check_keras(Path(wish.classifier), wish.max_megabytes)
    evaluation = _evaluation(wish, folder)
    evaluation.check_gradients([wish.knowledge])
    eot = _EOT if evaluation.votes else 1
    plan = AttackPlan((wish.attack,), (wish.epsilon,), (wish.knowledge,), queries=_QUERIES, eot=eot)
    cell = plan.cells()[0]
    advance("Attacking", 1, 4)
    images = evaluation.data.images
    attacked = evaluation.adversarial(cell)
    advance("Asking the classifier", 3, 4)
    clean_answers, kept_answers = _answers(evaluation, images)
    attacked_answers, defended_answers = _answers(evaluation, attacked)
    defended = evaluation.seen(attacked)
    strength = 255 / wish.epsilon / 2
    return Attacked(
        _save(folder / "clean.png", images),
        _save(folder / "attacked.png", attacked),
        _save(folder / "difference.png", 0.5 + (attacked - images) * strength),
        _save(folder / "defended.png", defended),
        clean_answers,
        attacked_answers,
        kept_answers,
        defended_answers,
        str(evaluation.defense),
        cell.attack.label,
        MEANING[cell.threat.knowledge],
        evaluation.votes,
    )


def _evaluation(wish: AttackWish, folder: Path) -> Evaluation:
    """The classifier behind the defense; what it says of the photograph counts as right."""
    from defense.evaluation import Evaluation, ImageSet
    from defense.presets import find_defense
    from sesr_app.terminal.quiet import quiet_native_logs

    with quiet_native_logs():
        classifier = _classifier(wish.classifier, wish.weights, wish.input_range)
        side, text = _sizes(classifier, wish)
        image = read_square(wish.photograph, side)
        data = ImageSet.of(image[np.newaxis], np.zeros(1, np.int64))
        evaluation = Evaluation(classifier, find_defense(text), data, folder, batch=1)
        bare = evaluation.bare_answers(data.images)
    evaluation.data = replace(data, labels=bare.argmax(axis=1).astype(np.int64))
    return evaluation


@lru_cache(1)
def _classifier(
    text: str, weights: Path | None, input_range: tuple[float, float] | None
) -> Classifier:
    """The classifier; the last one stays ready."""
    from defense.classifiers import load_classifier

    return load_classifier(text, weights, input_range)


def _sizes(classifier: Classifier, wish: AttackWish) -> tuple[int, str]:
    """The side of the image, and the defense for images of that size."""
    from defense.presets import PRESETS

    size = classifier.size
    if wish.weights is not None or size is None:
        return NAMED_SIDE, wish.defense
    if size[0] != size[1]:
        raise UsageError(
            f"this page takes classifiers of square images; this one takes {size[1]}x{size[0]}"
        )
    preset = PRESETS.get(wish.defense)
    if preset is None:
        return size[0], wish.defense
    if not preset.text.startswith("noise:"):
        return size[0], re.sub(r"bicubic:\d+", f"bicubic:{size[0]}", preset.text)
    # Its network takes even sides.
    even = re.sub(r"bicubic:\d+", f"bicubic:{size[0] // 2 * 2}", preset.text)
    return size[0], even if size[0] % 2 == 0 else f"{even},bicubic:{size[0]}"


def read_square(path: Path, side: int) -> npt.NDArray[np.float32]:
    """The middle of a photograph, (side, side, 3) RGB in [0, 1]; transparent parts are white.

    Raises:
        ImageError: it cannot be read.
    """
    from PIL import Image, ImageOps

    from sesr_app.web.work.looking import first_frame

    image, _ = first_frame(path)
    if image.mode in ("LA", "RGBA"):
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    square = ImageOps.fit(image.convert("RGB"), (side, side), Image.Resampling.BICUBIC)
    return np.asarray(square, np.float32) / np.float32(255)


def _answers(evaluation: Evaluation, images: npt.NDArray[np.float32]) -> tuple[Answers, Answers]:
    """Of the classifier alone, and behind the defense: where that votes, shares of the draws.

    They are those by which the evaluation finds an image right or wrong.
    """
    if evaluation.votes:
        bare = evaluation.bare_answers(images)
        return _likeliest(_softmax(bare[0])), _likeliest(evaluation.vote_shares(images)[0])
    bare, defended = evaluation.answers(images)
    return _likeliest(_softmax(bare[0])), _likeliest(_softmax(defended[0]))


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    exponents = np.exp(logits - logits.max())
    shares: npt.NDArray[np.float32] = exponents / exponents.sum()
    return shares


def _likeliest(shares: npt.NDArray[np.floating[Any]]) -> Answers:
    names = class_names(len(shares))
    order = np.argsort(shares)[::-1][:_SHOWN_ANSWERS]
    return {names[index]: float(shares[index]) for index in order}


@lru_cache(4)
def class_names(count: int) -> list[str]:
    """What the classes are called: of ImageNet's thousand by their names, which Gradio has."""
    spec = find_spec("gradio")
    if count == _IMAGENET and spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "media_assets" / "data" / "imagenet_labels.json"
        if path.is_file():
            # Some names stand twice, for a bird and a machine.
            names = json.loads(path.read_text(encoding="utf-8"))
            return [
                f"{name} ({index})" if names.count(name) > 1 else name
                for index, name in enumerate(names)
            ]
    return [f"class {index}" for index in range(count)]


def _save(path: Path, images: npt.NDArray[Any]) -> Path:
    from PIL import Image

    pixels = np.rint(np.clip(images[0], 0, 1) * 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path

"""What a defense is trained on: photographs, and noise against a bare classifier."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from defense.attacks import parse_attack
from defense.batch import ImageBatch
from defense.classifiers import Classifier
from defense.defended import DefendedClassifier
from defense.evaluation import AdversarialStore, AttackedModel, ImageSet
from defense.training.config import DefenseConfig
from defense.transforms import Compose, add_noise
from sesr.reporting.progress import Advance, no_advance

_CHUNK = 25
"""Crops attacked at a time; each finished chunk is kept as a file."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """A fixed pool of crops with everything that can be known of them before the training.

    Attributes:
        images: (N, S, S, 3) uint8.
        noise: (M, S, S, 3) int8, in 1/127 of `bound`, what an attack on the bare classifier adds
            to the first M images.
        bound: (M,) float32, largest change by that noise, as a fraction of full scale.
    """

    images: npt.NDArray[np.uint8]
    noise: npt.NDArray[np.int8]
    bound: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the crops, shortened."""
        return hashlib.sha256(self.images.tobytes()).hexdigest()[:16]

    def batch(self, config: DefenseConfig, step: int) -> tuple[ImageBatch, npt.NDArray[np.intp]]:
        """The photographs of a step: clean ones, those with noise, and those still to be attacked.

        Returns:
            Images (batch_size, S, S, 3), float32 in [0, 1], and their numbers in the pool; the
            same ones whenever the same step is asked for.
        """
        # A counter-based generator jumps to any step at no cost.
        random = np.random.Generator(np.random.Philox(key=config.seed, counter=[0, 0, 0, step]))
        noisy = slice(config.clean, config.clean + config.gray)
        chosen = random.integers(len(self), size=config.batch_size)
        if config.gray:
            chosen[noisy] = random.integers(len(self.noise), size=config.gray)
        images = self.clean(chosen)
        unit = self.bound[chosen[noisy], None, None, None] / np.float32(127)
        images[noisy] += self.noise[chosen[noisy]] * unit
        first = noisy.stop
        # Those to be attacked stand behind the same noise, as they will where votes are taken.
        count = config.smoothed + config.adaptive if config.smoothed else 0
        for number in range(first, first + count):
            # In turns over the run: a place in the step has another one in the next.
            turn = step + number - first
            images[number] = add_noise(
                images[number], config.sigmas[turn % len(config.sigmas)], random
            )
        return np.clip(images, 0.0, 1.0, out=images), chosen

    def clean(self, chosen: npt.NDArray[np.intp]) -> ImageBatch:
        """Images of the pool without noise: (N, S, S, 3), float32 in [0, 1]."""
        return _as_floats(self.images[chosen])


def make_lessons(
    crops: npt.NDArray[np.uint8],
    classifier: Classifier,
    config: DefenseConfig,
    folder: Path,
    advance: Advance = no_advance,
) -> Lessons:
    """Attack a classifier, bare; can be stopped and goes on.

    Args:
        crops: (N, S, S, 3).
        classifier: its model takes any size.
        config: of the run.
        folder: where finished attacks are kept.
        advance: called with the crops done.
    """
    model = DefendedClassifier(classifier.model, Compose([]), input_range=classifier.input_range)
    bare = AttackedModel(model, classifier.fingerprint)
    store = AdversarialStore(folder, _CHUNK, config.seed)
    spec = parse_attack(f"pgd:{config.gray_steps}")
    noisy = config.noisy if config.gray else 0
    noise = np.zeros((noisy, *crops.shape[1:]), np.int8)
    bound = np.zeros(noisy, np.float32)
    for number, start in enumerate(range(0, noisy, _CHUNK)):
        advance("noise on the bare classifier", start, noisy)
        images = _as_floats(crops[start : min(start + _CHUNK, noisy)])
        part = slice(start, start + len(images))
        epsilon = config.gray_epsilons[number % len(config.gray_epsilons)] / 255
        answers = bare.predict(images, _CHUNK).argmax(axis=1)
        attacked = store.attack(bare, spec, epsilon, ImageSet.of(images, answers))
        bound[part] = epsilon
        noise[part] = np.rint((attacked - images) * np.float32(127 / epsilon))
    advance("noise on the bare classifier", noisy, noisy)
    return Lessons(crops, noise, bound)


def _as_floats(images: npt.NDArray[np.uint8]) -> ImageBatch:
    """Bytes as float32 in [0, 1]."""
    return images.astype(np.float32) / np.float32(255)

"""Adversarial images that are made once and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from defense.attacks import AttackSpec, Norm, foolbox_model, run_attack
from defense.batch import ImageBatch
from defense.evaluation.image_set import ImageSet
from sesr.files import atomic_path
from sesr.reporting.progress import Progress, no_progress

KEPT_FORMAT = 2
"""Of what is kept of attacks; results of older ones are made anew."""

_LEVELS = 127
"""Perturbations are kept in so many steps from zero to the largest of an image."""


class AttackedModel:
    """A model under attack, compiled when first used.

    Args:
        classifier: from a tensor (N, H, W, 3) in [0, 1] to logits.
        fingerprint: text that no other model has; adversarial images are kept under it.
    """

    def __init__(self, classifier: Callable[[Any], Any], fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._classifier = classifier
        self._foolbox: Any = None

    @property
    def foolbox(self) -> Any:
        """The model as foolbox takes it."""
        if self._foolbox is None:
            self._foolbox = foolbox_model(self._classifier)
        return self._foolbox

    def predict(self, images: ImageBatch, batch: int) -> npt.NDArray[np.float32]:
        """Logits (N, classes) of images (N, H, W, 3)."""
        import tensorflow as tf

        starts = range(0, len(images), batch)
        return np.concatenate(
            [self.foolbox(tf.constant(images[i : i + batch])).numpy() for i in starts]
        )


@dataclass(frozen=True, slots=True)
class AdversarialStore:
    """A folder of adversarial images, found again by what made them.

    Attacks run in chunks of images; each finished chunk is a file, so that a killed run loses
    one chunk at most, and other defenses of the same classifier reuse what was made.
    Perturbations are rounded towards zero (see `Perturbation`); what is evaluated is the rounded
    image, whether it was just made or found.

    Attributes:
        folder: made when first written to.
        chunk: images attacked at a time.
        seed: of the attacks.
    """

    folder: Path
    chunk: int = 25
    seed: int = 0

    def attack(
        self,
        target: AttackedModel,
        spec: AttackSpec,
        epsilon: float,
        data: ImageSet,
        progress: Progress = no_progress,
    ) -> ImageBatch:
        """Adversarial images (N, H, W, 3) for a target, made or found."""
        found = np.empty_like(data.images)
        for start, part in self._parts(data):
            path = self.path(target, spec, epsilon, part, start)
            perturbation = _load(path)
            if perturbation is None:
                seed = self.seed + start
                images = run_attack(target.foolbox, spec, part.images, part.labels, epsilon, seed)
                perturbation = Perturbation.between(part.images, images, spec.norm)
                self.folder.mkdir(parents=True, exist_ok=True)
                perturbation.save(path)
            found[start : start + len(part)] = perturbation.apply(part.images)
            progress(start + len(part), len(data))
        return found

    def missing(
        self, target: AttackedModel, spec: AttackSpec, epsilon: float, data: ImageSet
    ) -> int:
        """How many images an attack would still have to run on."""
        return sum(
            len(part)
            for start, part in self._parts(data)
            if not self.path(target, spec, epsilon, part, start).exists()
        )

    def _parts(self, data: ImageSet) -> Iterator[tuple[int, ImageSet]]:
        for start in range(0, len(data), self.chunk):
            yield start, data.take(slice(start, start + self.chunk))

    def path(
        self,
        target: AttackedModel,
        spec: AttackSpec,
        epsilon: float,
        part: ImageSet,
        start: int = 0,
    ) -> Path:
        """Where what an attack made of a chunk is kept; its place goes into the seed."""
        made_by = {
            "format": KEPT_FORMAT,
            "target": target.fingerprint,
            "attack": asdict(spec),
            "epsilon": round(epsilon * 255, 6),
            "seed": self.seed + start,
            "images": part.fingerprint,
        }
        key = hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()[:24]
        return self.folder / f"{key}.npz"


@dataclass(frozen=True, slots=True)
class Perturbation:
    """What was added to some images, in few bytes.

    Attributes:
        steps: (N, H, W, 3) int8; where the length counts, float16.
        unit: (N,) float32, the size of a step.
    """

    steps: npt.NDArray[np.int8 | np.float16]
    unit: npt.NDArray[np.float32]

    @classmethod
    def between(
        cls, images: ImageBatch, perturbed: ImageBatch, norm: Norm = "linf"
    ) -> Perturbation:
        """The difference of two batches, no longer in its norm.

        Steps of the largest value would cut off much of the length, most of all where a few values
        are far larger than the others.
        """
        difference = perturbed - images
        if norm == "l2":
            return cls(_towards_zero(difference), np.ones(len(images), np.float32))
        unit = np.abs(difference).max(axis=(1, 2, 3)) / _LEVELS
        steps = np.trunc(difference / np.maximum(unit, 1e-12)[:, None, None, None] * (1 + 1e-6))
        return cls(steps.astype(np.int8), unit.astype(np.float32))

    def apply(self, images: ImageBatch) -> ImageBatch:
        """The perturbed images, within [0, 1]."""
        added = images + self.steps * self.unit[:, None, None, None]
        clipped: ImageBatch = np.clip(added, 0.0, 1.0, dtype=np.float32)
        return clipped

    def save(self, path: Path) -> None:
        """Write a file, in one piece."""
        with atomic_path(path) as part, part.open("wb") as file:
            np.savez_compressed(file, steps=self.steps, unit=self.unit)


def _towards_zero(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    """Half the bytes, and no value larger."""
    near = values.astype(np.float16)
    larger = np.abs(near.astype(np.float32)) > np.abs(values)
    return np.where(larger, np.nextafter(near, np.float16(0)), near)


def _load(path: Path) -> Perturbation | None:
    """What a file holds, or None if there is none or a damaged one, which is made anew."""
    try:
        with path.open("rb") as file, np.load(file) as content:
            return Perturbation(content["steps"], content["unit"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None

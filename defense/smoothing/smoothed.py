"""A defended classifier that lets many draws of noise vote."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from defense.batch import ImageBatch
from defense.defended import DefendedClassifier
from defense.smoothing.binomial import check_level, even_odds
from defense.smoothing.certificate import ABSTAINS, Certification, Tally
from defense.smoothing.checks import (
    as_batch,
    at_least,
    check_plan,
    check_repeatable,
    refuse_random,
    split_noise,
)
from defense.smoothing.store import TallyStore
from defense.smoothing.votes import Counts, LogitsOf, count_votes, noise_source
from defense.transforms import Compose, check_sigma
from sesr.errors import UsageError
from sesr.reporting.progress import Progress, no_progress

LEAST_SHARE = 1e-12
"""Added to probabilities before the logarithm, which has none of zero."""


class Smoothed(keras.Model):
    """The class that most draws of noise lead to, with a proof where it is asked for.

    Noise is added to the photograph, the defense cleans it, the classifier answers, and the
    answers of many draws vote. Called as a Keras model it gives the logarithm of the draws' mean
    probabilities, with gradients, for attacks; `vote` and `predict` give classes; `certify` proves
    within which distance no change of the image can change the vote.

    Args:
        defended: a defended classifier without anything random in it.
        sigma: of the noise, a fraction of full scale.
        draws: of an image, for votes.
        seed: draws the same noise every time, for tests and reports; None, the default, is not to
            be foreseen, as use against attackers needs it.
        batch: draws at a time.

    Input: (N, H, W, 3), float32 RGB in [0, 1]. Output: (N, classes).

    Raises:
        UsageError: a sigma that is not above 0, fewer than two draws, or a defense that is random
            already.

    Example:
        >>> small = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(4, 3),
        ...     keras.layers.GlobalAveragePooling2D()])
        >>> smoothed = Smoothed(DefendedClassifier(small, "none"), sigma=0.1, draws=20, seed=0)
        >>> smoothed.vote(np.zeros((2, 32, 32, 3), np.float32)).shape
        (2,)

    Reference: J. Cohen et al., "Certified Adversarial Robustness via Randomized Smoothing", ICML
    2019; H. Salman et al., "Denoised Smoothing: A Provable Defense for Pretrained Classifiers",
    NeurIPS 2020.
    """

    def __init__(
        self,
        defended: DefendedClassifier,
        sigma: float,
        draws: int = 25,
        seed: int | None = None,
        *,
        batch: int = 25,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_jit = False
        refuse_random(defended)
        self.sigma = check_sigma(sigma)
        self.draws = at_least(draws, 2, "draws", "one draw is no vote")
        self.batch = at_least(batch, 1, "batch", "it is how many draws run at a time")
        self.seed = seed
        self.defended = defended
        self._answer: LogitsOf = tf.function(lambda images: defended(images), reduce_retracing=True)
        self._asked = 0
        self._repeatable = False

    @classmethod
    def from_text(
        cls,
        classifier: Callable[[Any], Any],
        defense: Compose | str,
        draws: int = 25,
        seed: int | None = None,
        *,
        input_range: tuple[float, float] = (0.0, 1.0),
        batch: int = 25,
    ) -> Smoothed:
        """From a defense that begins with noise, such as "noise:0.12,bicubic:112,sesr:M5:rgb".

        Args:
            classifier: as for `DefendedClassifier`.
            defense: stages as text, the name of a preset, or the chain itself.
            draws: as for the class.
            seed: as for the class.
            input_range: as for `DefendedClassifier`.
            batch: as for the class.

        Raises:
            UsageError: the defense does not begin with noise, or holds more that is random.
        """
        sigma, rest = split_noise(defense)
        defended = DefendedClassifier(classifier, rest, input_range=input_range)
        return cls(defended, sigma, draws, seed, batch=batch)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Logarithms (N, classes) of the mean probability over draws, anew at every call."""
        images = tf.convert_to_tensor(inputs, tf.float32)

        def probabilities() -> Any:
            random = tf.random.get_global_generator()
            noise = random.normal(tf.shape(images), stddev=self.sigma)
            return tf.nn.softmax(self.defended(tf.clip_by_value(images + noise, 0.0, 1.0)))

        # A loop of the graph, so that the memory of one draw is enough for all.
        _, total = tf.while_loop(
            lambda draw, _: draw < self.draws,
            lambda draw, total: (draw + 1, total + probabilities()),
            (tf.constant(1), probabilities()),
            parallel_iterations=1,
        )
        return tf.math.log(total / self.draws + LEAST_SHARE)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(N, classes), which only a run can tell."""
        return self.defended.compute_output_shape(input_shape)

    def answer_by(self, answer: LogitsOf) -> None:
        """Ask for votes by what gives the same logits as the defended classifier, only faster."""
        self._answer = answer

    def vote(self, images: ImageBatch) -> npt.NDArray[np.int64]:
        """The class (N,) that most draws give, however close the vote is."""
        return np.array([counts.argmax() for counts in self._votes(images)], np.int64)

    def shares(self, images: ImageBatch) -> npt.NDArray[np.float64]:
        """How many of the draws give each class, (N, classes); every row sums up to 1."""
        return np.array(self._votes(images)) / self.draws

    def restart(self) -> None:
        """Draw the noise of a seed from its beginning again, as after the making."""
        self._asked = 0

    def predict(self, images: ImageBatch, level: float = 0.001, **_: Any) -> npt.NDArray[np.int64]:
        """The class (N,) that most draws give, or `ABSTAINS` (-1) where that may be chance.

        The two leading classes are told apart by a binomial test.

        Args:
            images: (N, H, W, 3), float32 in [0, 1].
            level: how often an answer may be another one than that of endlessly many draws.

        Raises:
            UsageError: a level outside (0, 0.5), or so small that this many draws never reach it.
        """
        self._check_decides(check_level(level))
        return np.array([_winner(counts, level) for counts in self._votes(images)], np.int64)

    def certify(
        self,
        images: ImageBatch | Sequence[ImageBatch],
        labels: Sequence[int] | None = None,
        *,
        n0: int = 100,
        n: int = 1_000,
        level: float = 0.001,
        folder: Path | None = None,
        fingerprint: str = "",
        answer: LogitsOf | None = None,
        progress: Progress = no_progress,
    ) -> Certification:
        """Prove for every image within which L2 distance no change can change the vote.

        Some draws choose a class, fresh ones bound how often it comes, and the bound gives the
        distance. With a seed, an image has the same noise whatever images stand beside it, and no
        two images have the same, so that their certificates err independently.

        Args:
            images: (N, H, W, 3), float32 in [0, 1].
            labels: true classes (N,); the fresh draws are left out where the chosen class is
                wrong, as certified accuracy does not need them.
            n0: draws that choose the class.
            n: fresh draws, at least 10.
            level: how often a certificate may be wrong.
            folder: where finished images are kept, so that a stopped run goes on; needs the
                fingerprint.
            fingerprint: text that no other classifier and defense has.
            answer: gives the same logits as the defended classifier, only faster.
            progress: called with the images done.

        Raises:
            UsageError: a level outside (0, 0.5), too few draws, images of several sizes, labels
                that do not fit, or a classifier that is random itself; before any work.

        Reference: CERTIFY of J. Cohen et al., 2019.
        """
        check_plan(n0, n, level)
        batch = as_batch(images)
        known = _as_labels(labels, len(batch))
        if folder is not None and not fingerprint:
            raise UsageError("certify needs a fingerprint of the classifier to keep its results")
        ask = answer or self._answer
        self._check_repeatable(batch)
        store = self.store(folder, fingerprint, n0, n)
        tallies = []
        for index, image in enumerate(batch):
            label = known[index] if known is not None else None
            progress(index, len(batch))
            tally = store.find(image, label)
            if tally is None:
                tally = self._tally(ask, image, label, n0, n)
                store.keep(image, label, tally)
            tallies.append(tally)
        progress(len(batch), len(batch))
        return Certification(self.sigma, level, tuple(tallies), known)

    def store(self, folder: Path | None, fingerprint: str, n0: int, n: int) -> TallyStore:
        """Where `certify` keeps finished images, told the same."""
        described = {
            "classifier": fingerprint,
            "sigma": self.sigma,
            "seed": self.seed,
            "n0": n0,
            "n": n,
        }
        return TallyStore(folder, described)

    def _tally(self, ask: LogitsOf, image: ImageBatch, label: int | None, n0: int, n: int) -> Tally:
        """Both steps of the procedure for one image."""
        began = time.perf_counter()
        random = noise_source(self.seed, image)

        def ballot(draws: int) -> Counts:
            return count_votes(ask, image, self.sigma, draws, random, self.batch)

        chosen = int(ballot(n0).argmax())
        wrong = label is not None and chosen != label
        hits, draws = (0, 0) if wrong else (int(ballot(n)[chosen]), n)
        return Tally(chosen, hits, draws, time.perf_counter() - began)

    def _votes(self, images: ImageBatch) -> list[Counts]:
        """The votes for every image, from noise that no earlier call has had.

        With a seed, an image has the same noise whatever images stand beside it.
        """
        batch = as_batch(images)
        self._check_repeatable(batch)
        self._asked += 1
        sources = [noise_source(self.seed, image, self._asked) for image in batch]
        return [
            count_votes(self._answer, image, self.sigma, self.draws, random, self.batch)
            for image, random in zip(batch, sources, strict=True)
        ]

    def _check_repeatable(self, images: ImageBatch) -> None:
        if not self._repeatable:
            check_repeatable(self._answer, images[:1])
            self._repeatable = True

    def _check_decides(self, level: float) -> None:
        if even_odds(self.draws, 0) > level:
            raise UsageError(
                f"{self.draws} draws never reach the level {level:g}, not even all for one class: "
                f"take {int(np.ceil(1 - np.log2(level)))} or more"
            )


def _winner(counts: Counts, level: float) -> int:
    """The leading class, or `ABSTAINS` where the second might as well lead."""
    first, second = np.argsort(counts, kind="stable")[::-1][:2]
    decided = even_odds(int(counts[first]), int(counts[second])) <= level
    return int(first) if decided else ABSTAINS


def _as_labels(labels: Sequence[int] | None, count: int) -> tuple[int, ...] | None:
    if labels is None:
        return None
    if len(labels) != count:
        raise UsageError(f"{count} images need as many labels; received {len(labels)}")
    return tuple(int(label) for label in labels)

"""A new transform is one file and one line, and works wherever a transform does."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from defense import Compose, DefendedClassifier, parse_defense
from defense.batch import ImageBatch
from defense.differentiable import as_graph
from defense.parse import stages
from defense.transforms import TRANSFORMS
from sesr.errors import UsageError

FILE = '''
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from defense.batch import GraphFunction, ImageBatch, check_batch
from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Fade:
    """Bring every value nearer to mid gray."""

    share: float = 0.5
    stages: ClassVar[Mapping[str, str]] = {"fade": "fade:0.5"}

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise UsageError(f"the share of Fade must be between 0 and 1; received {self.share!r}")

    def __call__(self, images: ImageBatch) -> ImageBatch:
        return 0.5 + (check_batch(images, "Fade") - 0.5) * self.share

    @classmethod
    def parse(cls, name: str, value: str) -> Fade:
        return cls(float(value))

    def __str__(self) -> str:
        return f"fade:{self.share}"

    def graph(self, straight_through: bool) -> GraphFunction:
        import tensorflow as tf

        return lambda images: 0.5 + (tf.convert_to_tensor(images) - 0.5) * self.share
'''


@pytest.fixture(autouse=True)
def _one_file_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fade.py").write_text(FILE)
    monkeypatch.syspath_prepend(tmp_path)
    toy = import_module("fade").Fade
    monkeypatch.setattr("defense.parse.TRANSFORMS", (*TRANSFORMS, toy))


def test_text_finds_it(photos: ImageBatch) -> None:
    chain = parse_defense("fade:0.25,bicubic:20")
    assert str(chain) == "fade:0.25,bicubic:20"
    assert parse_defense(str(chain)) == chain
    np.testing.assert_array_equal(
        chain(photos), parse_defense("bicubic:20")(0.5 + (photos - 0.5) * np.float32(0.25))
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fad:0.5", "did you mean fade"),
        ("fade", "write it like fade:0.5"),
        ("fade:much", "cannot be read: write it like fade:0.5"),
        ("fade:2", "the share of Fade must be between 0 and 1; received 2.0"),
    ],
)
def test_wrong_text_is_explained(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_defense(text)


def test_gradients_pass_through_it(photos: ImageBatch) -> None:
    x = tf.constant(photos)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(as_graph(parse_defense("fade:0.25"))(x))
    np.testing.assert_allclose(tape.gradient(total, x), np.full_like(photos, 0.25))


def test_it_stands_before_a_classifier(photos: ImageBatch) -> None:
    def classifier(images: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(images, axis=(1, 2))

    expected = classifier(parse_defense("fade:0.25,bicubic:24")(photos))
    found = DefendedClassifier(classifier, "fade:0.25,bicubic:24")(photos)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", stages())
def test_every_stage_is_its_own_text(name: str) -> None:
    chain = parse_defense(stages()[name].stages[name])
    assert parse_defense(str(chain)) == chain
    assert str(chain).startswith(f"{name}:")


@pytest.mark.parametrize("text", ["none", "nearest:30x40,visushrink:0.02", "fsrcnn:x2,bicubic:x3"])
def test_chains_are_their_own_text(text: str) -> None:
    assert str(parse_defense(text)) == text
    assert str(Compose([parse_defense(text)])) == text

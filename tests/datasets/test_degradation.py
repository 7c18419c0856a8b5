from typing import Any

import numpy as np
import pytest

from photos import make_photo
from sesr.errors import UsageError
from sesr.pixels.imresize import shrink_to_uint8
from sesr_datasets.degradation import Degradation, compress

HIGH = make_photo(96, 96)
LOW = shrink_to_uint8(HIGH, 2)


def distance(image: Any) -> float:
    return float(np.abs(image.astype(float) - LOW).mean())


def test_a_seed_always_gives_the_same_crop() -> None:
    degrade = Degradation(30, 90)
    first, again = (degrade(LOW, HIGH, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == LOW.shape
    assert first.dtype == np.uint8


def test_lower_qualities_are_further_from_the_photograph() -> None:
    random = np.random.default_rng(0)
    means = [
        np.mean([distance(Degradation(q, q)(LOW, HIGH, random)) for _ in range(40)])
        for q in (20, 50, 90)
    ]
    assert means[0] > means[1] > means[2] > 0


def test_full_chroma_keeps_more_color() -> None:
    quarter, full = (distance(compress(LOW, 90, kept)) for kept in (False, True))
    assert full < quarter


def test_validation_has_four_steady_strengths() -> None:
    degrade = Degradation(30, 90)
    made = [degrade.steady(LOW, number) for number in range(5)]
    np.testing.assert_array_equal(made[0], made[4])
    distances = [distance(image) for image in made[:4]]
    assert distances == sorted(distances, reverse=True)
    np.testing.assert_array_equal(made[3], compress(LOW, 90, False))


def test_a_range_tells_what_its_network_is_for() -> None:
    assert [Degradation(*r).artefacts for r in ((86, 98), (55, 94), (15, 65))] == [
        "faint",
        "light",
        "heavy",
    ]


@pytest.mark.parametrize("text", ["jpeg", "jpeg:90-30", "jpeg:0-50", "webp:30-90", "jpeg:a-b"])
def test_wrong_texts_are_named(text: str) -> None:
    with pytest.raises(UsageError, match="a degradation is written as in jpeg:30-92"):
        Degradation.parse(text)

from __future__ import annotations

import numpy as np
import pytest

import defense
from defense import (
    Compose,
    Jpeg,
    Rescale,
    Resize,
    SuperResolve,
    Transform,
    WaveletDenoise,
    parse_defense,
)
from defense.batch import ImageBatch
from defense.parse import stages
from sesr.catalog.shipped import shipped_models
from sesr.errors import UsageError


@pytest.mark.parametrize(
    ("text", "transforms"),
    [
        ("jpeg:75", [Jpeg(75)]),
        ("wavelet:0.02", [WaveletDenoise(0.02, "BayesShrink")]),
        ("visushrink:0.02", [WaveletDenoise(0.02, "VisuShrink")]),
        ("bicubic:224", [Resize(224, "bicubic")]),
        ("nearest:30x40", [Resize((30, 40), "nearest")]),
        ("nearest:x2", [Rescale(2, "nearest")]),
        (" JPEG : 75 , Wavelet:2e-2", [Jpeg(75), WaveletDenoise(0.02)]),
        ("bicubic:x2,jpeg:50,bicubic:8", [Rescale(2, "bicubic"), Jpeg(50), Resize(8)]),
    ],
)
def test_text_becomes_the_chain(text: str, transforms: list[Transform]) -> None:
    assert parse_defense(text) == Compose(transforms)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jpg:75", "unknown defense stage 'jpg': did you mean jpeg?"),
        ("jpeg:75,Wavlet:0.1", "'Wavlet': did you mean wavelet?"),
        ("zzz:1", "'zzz': the stages are bicubic, fsrcnn, jpeg, "),
        ("", "unknown defense stage ''"),
        ("jpeg:75,", "unknown defense stage ''"),
        ("jpeg", "'jpeg' needs a value: write it like jpeg:75"),
        ("jpeg:", "'jpeg:' needs a value: write it like jpeg:75"),
        ("jpeg:high", "'jpeg:high' has a value that cannot be read: write it like jpeg:75"),
        ("jpeg:75.5", "'jpeg:75.5' has a value that cannot be read"),
        ("wavelet:x", "cannot be read: write it like wavelet:0.02"),
        ("bicubic:1x2x3", "cannot be read: write it like bicubic:224"),
        ("jpeg:0", "the quality of Jpeg must be"),
        ("wavelet:inf", "the sigma of WaveletDenoise must be"),
        ("nearest:x0", "the scale of Rescale must be"),
        ("nearest:-5", "the size of Resize must be"),
    ],
)
def test_wrong_text_is_explained_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_defense(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", stages())
def test_every_example_can_be_parsed(name: str) -> None:
    example = stages()[name].stages[name]
    assert example.startswith(f"{name}:")
    if name == "fsrcnn" and not any(m.card.variant == "FSRCNN" for m in shipped_models()):
        with pytest.raises(UsageError, match="FSRCNN"):
            parse_defense(example)
        return
    assert len(parse_defense(example).transforms) == 1


def test_stages_are_listed_in_order() -> None:
    assert list(stages()) == sorted(stages())


def test_the_colors_of_a_network_can_be_chosen() -> None:
    assert parse_defense("sesr:M5:y").transforms == (SuperResolve("M5", channels=1),)
    if any(m.card.stem == "m5_x2_rgb" for m in shipped_models()):
        assert parse_defense("sesr:M5").transforms == (SuperResolve("M5", channels=3),)


def test_compose_applies_transforms_in_order(photos: ImageBatch) -> None:
    chain = parse_defense("jpeg:20,nearest:x2")
    np.testing.assert_array_equal(chain(photos), Rescale(2)(Jpeg(20)(photos)))
    assert not np.array_equal(chain(photos), parse_defense("nearest:x2,jpeg:20")(photos))


def test_empty_compose_changes_nothing(photos: ImageBatch) -> None:
    np.testing.assert_array_equal(Compose([])(photos), photos)


def test_compose_shows_every_parameter() -> None:
    assert repr(parse_defense("jpeg:75,wavelet:0.02,nearest:x2")) == (
        "Compose(transforms=(Jpeg(quality=75), WaveletDenoise(sigma=0.02, method='BayesShrink'), "
        "Rescale(scale=2, method='nearest')))"
    )


@pytest.mark.parametrize("wrong", ["jpeg:75", [Jpeg], [75]])
def test_compose_refuses_what_is_no_transform(wrong: object) -> None:
    with pytest.raises(UsageError, match="Compose needs transforms; received"):
        Compose(wrong)


def test_public_names_are_sorted_and_exist() -> None:
    # Classes before functions, each in the order of the alphabet, as ruff sorts them.
    assert defense.__all__ == sorted(defense.__all__)
    assert all(hasattr(defense, name) for name in defense.__all__)

"""The named defenses."""

from __future__ import annotations

import numpy as np
import pytest

from defense import Jpeg
from defense.parse import UnknownStageError
from defense.presets import DEFAULT, PRESETS, find_defense
from sesr.errors import UsageError


@pytest.mark.parametrize("name", PRESETS)
def test_named_defenses_exist_in_the_package(name: str) -> None:
    defended = find_defense(f" {name.upper()} ")(np.zeros((1, 30, 30, 3), np.float32))
    side = {"paper": 60, "default": 224, "certified": 192}.get(name, 208)
    assert defended.shape == (1, side, side, 3)


def test_other_text_is_parsed() -> None:
    assert find_defense("jpeg:50").transforms == (Jpeg(50),)
    assert find_defense("default") == DEFAULT.transform
    with pytest.raises(
        UnknownStageError, match=r"'defalt'.*default, strong, paper, trained, certified"
    ):
        find_defense("defalt")
    with pytest.raises(UsageError, match="needs a value"):
        find_defense("jpeg")


def test_a_message_does_not_decide() -> None:
    """A value that holds the words of another message is no unknown stage."""
    with pytest.raises(UsageError, match="cannot be read") as caught:
        find_defense("jpeg:unknown defense stage")
    assert not isinstance(caught.value, UnknownStageError)
    assert "named defenses" not in str(caught.value)

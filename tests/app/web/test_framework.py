"""What Gradio is kept from doing."""

from types import SimpleNamespace
from typing import Any

from sesr_app.web.framework import described_once


def test_a_description_is_made_once_for_all_of_a_kind() -> None:
    asked: list[Any] = []

    def describe(component: Any) -> str:
        asked.append(component)
        return f"of {component.data_model}"

    described = described_once(describe)
    fields = [SimpleNamespace(data_model=kind) for kind in ("one", "one", "other", "one")]
    assert [described(field) for field in fields] == ["of one", "of one", "of other", "of one"]
    assert asked == [fields[0], fields[2]]

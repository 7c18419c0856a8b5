"""What the page's guard makes of Gradio's failures."""

from typing import Any

import pytest

from coroutines import run_coroutine
from sesr_app.web.guard import Guard


async def fall_over(scope: Any, receive: Any, send: Any) -> None:
    raise KeyError("a tab")


def statuses(path: str) -> list[int]:
    """Of the answers to a request that Gradio falls over."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Guard(fall_over, None, lambda: True)
    scope = {"type": "http", "path": path, "headers": []}
    run_coroutine(guard(scope, None, send))
    return [message["status"] for message in sent if "status" in message]


def test_cancelling_for_a_tab_that_is_closed_is_no_failure() -> None:
    assert statuses("/gradio_api/cancel") == [410]


def test_other_failures_are_not_hidden() -> None:
    with pytest.raises(KeyError, match="a tab"):
        statuses("/gradio_api/queue/join")

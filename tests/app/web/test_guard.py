"""What the page's guard makes of Gradio's failures."""

from typing import Any

import pytest

from coroutines import run_coroutine
from sesr_app.web.guard import Guard


async def fall_over(scope: Any, receive: Any, send: Any) -> None:
    raise KeyError("a tab")


async def find_nothing(scope: Any, receive: Any, send: Any) -> None:
    raise FileNotFoundError("a picture")


async def lose_the_file(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise FileNotFoundError("a picture")


def statuses(path: str, app: Any = fall_over) -> list[int]:
    """Of the answers to a request that Gradio falls over."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Guard(app, None, lambda: True)
    scope = {"type": "http", "path": path, "headers": []}
    run_coroutine(guard(scope, None, send))
    return [message["status"] for message in sent if "status" in message]


def test_cancelling_for_a_tab_that_is_closed_is_no_failure() -> None:
    assert statuses("/gradio_api/cancel") == [410]


def test_a_picture_that_went_with_its_visitor_is_no_failure() -> None:
    """Deleted before the answer began, or after."""
    path = "/gradio_api/file=/session/picture.png"
    assert statuses(path, find_nothing) == [410]
    assert statuses(path, lose_the_file) == [200]


def test_other_failures_are_not_hidden() -> None:
    with pytest.raises(KeyError, match="a tab"):
        statuses("/gradio_api/queue/join")
    with pytest.raises(FileNotFoundError, match="a picture"):
        statuses("/gradio_api/queue/join", find_nothing)

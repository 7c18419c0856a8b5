"""What reaches the page from the network, and what it tells browsers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, Any, _Send], Awaitable[None]]

_ROUTES = re.compile(
    r"/(?:|(?:config|theme\.css|favicon\.ico|robots\.txt|manifest\.json|login|logout)/?"
    r"|(?:assets|static|svelte)/.*"
    r"|gradio_api/(?:(?:info|theme\.css|token|app_id|user|login_check|startup-events)/?"
    r"|run/predict/?|queue/(?:join|data)|cancel|reset|upload|upload_progress|heartbeat/\w+|file=/.*))"
)
"""What the page itself asks for; Gradio answers much more."""

_UPLOAD = "/gradio_api/upload"
_CANCEL = "/gradio_api/cancel"
_FILE = "/gradio_api/file="

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'; "
        b"form-action 'self'; base-uri 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
"""A browser that heeds them asks no other host for anything."""


class Guard:
    """Lets requests through that the page makes, and no others.

    Args:
        app: what stands behind it.
        hosts: names that browsers may know this machine by; None for any. A page that can be
            reached from this machine only is thus kept from other sites' scripts.
        has_room: whether there is room for another upload.
    """

    def __init__(
        self, app: _App, hosts: tuple[str, ...] | None, has_room: Callable[[], bool]
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._has_room = has_room

    async def __call__(self, scope: _Scope, receive: Any, send: _Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refused = self._refusal(scope)
            if refused is None:
                await self._pass(scope, receive, send)
            else:
                await _answer(send, *refused)

    async def _pass(self, scope: _Scope, receive: Any, send: _Send) -> None:
        sender = _Sender(send)
        try:
            await self._app(scope, receive, sender)
        except FileNotFoundError:
            # The files of a visitor who goes are deleted, be it under a request for one of them.
            if not scope["path"].startswith(_FILE):
                raise
            if not sender.began:
                await _answer(send, 410, "this file is gone")
        except KeyError:
            # Gradio looks for the tab twice, and falls over one that is closed in between.
            if scope["path"] != _CANCEL:
                raise
            await _answer(send, 410, "this tab is closed")

    def _refusal(self, scope: _Scope) -> tuple[int, str] | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = urlsplit(f"//{headers.get(b'host', '')}").hostname
        origin = headers.get(b"origin")
        if self._hosts is not None and host not in self._hosts:
            return 421, "this page is for the machine that it runs on"
        if origin is not None and urlsplit(origin).hostname != host:
            return 403, "a request from another site"
        if not _ROUTES.fullmatch(scope["path"]):
            return 404, "there is nothing here"
        if scope["path"] == _UPLOAD and not self._has_room():
            return 507, "there is no room for more files; try again later"
        return None


class _Sender:
    """Adds the headers to a response, and knows whether it has begun."""

    def __init__(self, send: _Send) -> None:
        self._send = send
        self.began = False

    async def __call__(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            self.began = True
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await self._send(message)


async def _answer(send: _Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})

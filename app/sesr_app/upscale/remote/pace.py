"""How far a job is whose end is not known while it is still being listed."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from sesr.reporting.progress import Advance
from sesr_app.terminal.text import printable

_T = TypeVar("_T")

_AHEAD = 200_000
"""Images that are listed before they are worked on, of 300 bytes or so each."""

_WINDOW = 120.0
"""Seconds that the rate is told of."""


class Ahead(Generic[_T]):
    """Goes through something in a thread of its own, so that its length is known early.

    Args:
        items: to go through.

    Attributes:
        count: so many have come.
        ended: whether that is all.

    Example:
        >>> ahead = Ahead(range(3))
        >>> list(ahead), ahead.count, ahead.ended
        ([0, 1, 2], 3, True)
    """

    def __init__(self, items: Iterable[_T]) -> None:
        self.count = 0
        self.ended = False
        self._error: BaseException | None = None
        self._queue: queue.Queue[_T | None] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(
            target=self._go, args=(iter(items),), name="sesr-list", daemon=True
        )
        self._thread.start()

    def __iter__(self) -> Iterator[_T]:
        """The same items; what goes wrong with a later one ends it at once."""
        while True:
            item = self._queue.get()
            if self._error:
                raise self._error
            if item is None:
                return
            yield item

    def _go(self, items: Iterator[_T]) -> None:
        try:
            for item in items:
                self.count += 1
                self._queue.put(item)
        except BaseException as error:
            self._error = error
        self.ended = True
        self._queue.put(None)


class Pace:
    """Tells how far a job is, its rate and the time left.

    Args:
        advance: whom to tell.
        ahead: the list of what there is to do.
    """

    def __init__(self, advance: Advance, ahead: Ahead[_T]) -> None:
        self._advance = advance
        self._ahead = ahead
        self._done = 0
        self._worked = deque([(time.monotonic(), 0)])
        self._made = 0

    def end_one(self, name: str, *, skipped: bool) -> None:
        """One image is done."""
        self._done += 1
        if not skipped:
            self._made += 1
            self._worked.append((time.monotonic(), self._made))
            while self._worked[-1][0] - self._worked[0][0] > _WINDOW:
                self._worked.popleft()
        if not skipped or self._done % 1000 == 0:
            self.tell(name)

    def tell(self, what: str = "", part: float = 0.0) -> None:
        """Tell what is being done, and how much of the image at hand, if that is known."""
        total = max(self._ahead.count, 1)
        least = "" if self._ahead.ended else " or more"
        label = f"{self._done}/{total}{least} images{self._rate()}  {printable(what)}"
        self._advance(label.rstrip(), self._done + part, total)

    def _rate(self) -> str:
        (began, first), (last, made) = self._worked[0], self._worked[-1]
        return f", {(made - first) / (last - began):.1f} a second" if last > began else ""

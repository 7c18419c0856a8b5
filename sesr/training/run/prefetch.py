"""Work ahead of a consumer in a thread of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class _End:
    """Follows the last item; any value, None too, may be an item."""


class _Failure:
    """Carries an exception to the consumer; an item may itself be an exception."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Prefetcher(Generic[T]):
    """Iterate over make(start), make(start + 1), ... with the next items made in advance.

    Close it, or use it as a context manager, so that the thread ends.

    Args:
        make: called in the thread; an exception of it reaches the consumer.
        start: first index.
        stop: index after the last.
        depth: items kept ready.

    Attributes:
        waited: seconds that the consumer has spent waiting for items.

    Example:
        >>> with Prefetcher(lambda i: i * i, 2, 5) as squares:
        ...     list(squares)
        [4, 9, 16]
    """

    def __init__(self, make: Callable[[int], T], start: int, stop: int, depth: int = 8) -> None:
        self.waited = 0.0
        self._make = make
        self._range = range(start, stop)
        self._ready: queue.Queue[T | _Failure | _End] = queue.Queue(depth)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="prefetch", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while True:
            began = time.perf_counter()
            item = self._ready.get()
            self.waited += time.perf_counter() - began
            if isinstance(item, _End):
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item

    def __enter__(self) -> Prefetcher[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the thread; safe to call twice."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._ready.get_nowait()
            except queue.Empty:
                self._thread.join(timeout=0.01)

    def _work(self) -> None:
        try:
            for index in self._range:
                if self._stopped.is_set():
                    return
                self._put(self._make(index))
            self._put(_End())
        except BaseException as error:
            self._put(_Failure(error))

    def _put(self, item: T | _Failure | _End) -> None:
        while not self._stopped.is_set():
            try:
                self._ready.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

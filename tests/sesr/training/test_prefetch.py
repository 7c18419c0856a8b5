import threading
from itertools import count
from types import SimpleNamespace

import pytest

from sesr.training.run.prefetch import Prefetcher


def test_items_come_in_order() -> None:
    with Prefetcher(lambda i: i * i, 3, 30, depth=2) as items:
        assert list(items) == [i * i for i in range(3, 30)]


def test_an_error_reaches_the_consumer() -> None:
    def make(index: int) -> int:
        if index == 2:
            raise ValueError("no third item")
        return index

    with Prefetcher(make, 0, 9) as items, pytest.raises(ValueError, match="no third item"):
        list(items)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    with Prefetcher(lambda i: i, 0, 10**9) as items:
        next(iter(items))
    assert threading.active_count() == before


def test_waiting_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    # A clock that is one second later whenever it is read: every item costs one second.
    clock = SimpleNamespace(perf_counter=count().__next__)
    monkeypatch.setattr("sesr.training.run.prefetch.time", clock)
    with Prefetcher(lambda i: i, 0, 5) as items:
        assert len(list(items)) == 5
    assert items.waited == 5 + 1  # the end is waited for too

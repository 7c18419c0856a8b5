import threading
import time

import pytest

from sesr.training.prefetch import Prefetcher


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


def test_waiting_is_counted() -> None:
    with Prefetcher(lambda i: time.sleep(0.02), 0, 5, depth=1) as items:
        list(items)
    assert items.waited > 0.05

"""A signal that another thread takes ends the waiting all the same."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sesr_app.terminal.waiting import result_of, until_interrupted


class InterruptedWaitError(Exception):
    pass


def interrupt(number: int, _: object) -> None:
    raise InterruptedWaitError(number)


def signal_here() -> None:
    """Have this thread take a signal to the process while the main thread waits."""
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


def test_the_main_thread_hears_of_it_before_the_work_is_done() -> None:
    goes_on = threading.Event()
    ended = threading.Event()

    def work() -> None:
        signal_here()
        goes_on.wait(60)
        ended.set()

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(InterruptedWaitError):
            result_of(pool.submit(work))
        assert not ended.is_set()
        goes_on.set()


def test_waiting_for_nothing_ends_too() -> None:
    thread = threading.Thread(target=signal_here)
    thread.start()
    with pytest.raises(InterruptedWaitError):
        until_interrupted()
    thread.join()


def test_what_ended_the_work_is_raised() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        result_of(pool.submit(lambda: 1 / 0))

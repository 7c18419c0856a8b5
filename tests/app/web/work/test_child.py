"""Work in a process of its own."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import page_jobs
from sesr.errors import SesrError, UsageError
from sesr_app.web.work.child import Child
from sesr_app.web.work.interim import CancelledError, Interim


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child()
    yield made
    made.close()


def run(child: Child, job: Any, *arguments: Any, seconds: float = 600) -> list[Any]:
    found = child.run(job, arguments, threading.Event(), seconds)
    return [one for one in found if not isinstance(one, Interim)]


def test_one_process_does_one_job_after_the_other(child: Child) -> None:
    ((first, process),) = run(child, page_jobs.add, 1, 2)
    ((second, other),) = run(child, page_jobs.add, 3, 4)
    assert (first, second) == (3, 7)
    assert process == other


def test_failures_are_one_line_and_the_process_goes_on(child: Child) -> None:
    ((_, process),) = run(child, page_jobs.add, 1, 2)
    with pytest.raises(SesrError, match=r"^this cannot be$"):
        run(child, page_jobs.refuse)
    with pytest.raises(SesrError, match=r"^ValueError: broken$"):
        run(child, page_jobs.stumble)
    assert run(child, page_jobs.add, 1, 2) == [(3, process)]


def test_a_crash_is_told_and_the_next_job_has_a_new_process(child: Child) -> None:
    ((_, process),) = run(child, page_jobs.add, 1, 2)
    with pytest.raises(SesrError, match="ended by itself"):
        run(child, page_jobs.crash)
    ((total, other),) = run(child, page_jobs.add, 1, 2)
    assert total == 3
    assert process != other


def test_a_job_can_be_ended_at_any_time(child: Child) -> None:
    stop = threading.Event()
    running = child.run(page_jobs.sleep, (600,), stop, 600)
    assert isinstance(next(running), Interim)
    stop.set()
    with pytest.raises(CancelledError):
        next(running)
    assert run(child, page_jobs.sleep, 0) == ["slept"]


def test_a_job_that_nobody_follows_ends(child: Child) -> None:
    running: Any = child.run(page_jobs.sleep, (600,), threading.Event(), 600)
    next(running)
    running.close()
    assert run(child, page_jobs.sleep, 0) == ["slept"]


def test_a_job_that_takes_too_long_ends(child: Child) -> None:
    with pytest.raises(UsageError, match="minutes that a job may take"):
        run(child, page_jobs.sleep, 600, seconds=0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")
def test_a_job_that_takes_too_much_memory_ends() -> None:
    child = Child(gigabytes=0.4)
    try:
        ((_, process),) = run(child, page_jobs.add, 1, 2)
        with pytest.raises(UsageError, match=r"^this took more than the 0.4 GB of memory"):
            run(child, page_jobs.hold, 600)
        ((total, other),) = run(child, page_jobs.add, 1, 2)
    finally:
        child.close()
    assert (total, process != other) == (3, True)


def test_what_jobs_leave_behind_goes_with_the_process(tmp_path: Path) -> None:
    child = Child(folder=tmp_path)
    (left,) = run(child, page_jobs.litter)
    assert Path(left).is_relative_to(tmp_path)
    assert Path(left).exists()
    child.close()
    assert list(tmp_path.iterdir()) == []

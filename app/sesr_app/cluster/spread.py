"""Pieces of work as stateless tasks of Ray, which makes them again when their machine is lost.

Actors are no good here: Ray ends a pool of them with the first that it cannot reach.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sesr.errors import SesrError, UsageError, first_line

_T = TypeVar("_T")
_R = TypeVar("_R")

_RETRIES = 3
"""Of a task whose machine or process was lost, before its pieces are tried one by one."""

_LOOK = 1.0
"""Seconds between two looks at how large the cluster is."""

_SHARE = 16
"""Of the tasks under way, the part that one look waits for, at most as long as that."""


class TaskAnswer(NamedTuple):
    """What a task gives back.

    Attributes:
        results: of its pieces.
        error: why the whole job cannot go on; errors themselves do not travel well.
        usage: whether that is because of the command line.
    """

    results: Sequence[Any]
    error: str = ""
    usage: bool = False

    @classmethod
    def of(cls, error: SesrError) -> TaskAnswer:
        """That the job cannot go on."""
        return cls([], str(error), isinstance(error, UsageError))


class Spread(Generic[_T, _R]):
    """Gives chunks of pieces to the workers of a cluster, as many as it has room for and as many
    again that wait, and takes the answers as they come.

    Args:
        function: of a module that every node has; takes what all tasks share, and a chunk.
        shared: what all tasks share.
        lost: makes the result of a piece that could not be worked on, from it and the reason.
        cpus: that a task keeps busy.
        waiting: called about once a second.
    """

    def __init__(
        self,
        function: Callable[[Any, list[_T]], TaskAnswer],
        shared: Any,
        lost: Callable[[_T, str], _R],
        cpus: int = 1,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        import ray

        self._ray = ray
        # The results of a task are small and come with its answer, so that no machine holds them.
        self._task = ray.remote(function).options(num_cpus=cpus, max_retries=_RETRIES)
        self._shared = ray.put(shared)
        self._lost = lost
        self._cpus = cpus
        self._waiting = waiting
        self._pending: dict[Any, list[_T]] = {}
        self._alone: list[_T] = []
        self._room = 0
        self._looked = float("-inf")

    def run(self, chunks: Iterator[list[_T]]) -> Generator[_R]:
        """The results of all pieces, in the order in which they are made.

        Raises:
            SesrError: a task says that the job cannot go on.
        """
        more = True
        try:
            while more or self._pending or self._alone:
                while (more or self._alone) and len(self._pending) < self._places():
                    if chunk := self._next(chunks):
                        self._pending[self._task.remote(self._shared, chunk)] = chunk
                    else:
                        more = False
                if self._pending:
                    yield from self._ready()
        finally:
            for reference in self._pending:
                self._ray.cancel(reference, force=True)

    def _next(self, chunks: Iterator[list[_T]]) -> list[_T] | None:
        return [self._alone.pop()] if self._alone else next(chunks, None)

    def _places(self) -> int:
        """How many tasks may be under way; a cluster may grow and shrink."""
        if time.monotonic() - self._looked > _LOOK:
            self._looked = time.monotonic()
            self._room = int(self._ray.cluster_resources().get("CPU", 0)) // self._cpus
        # Those that wait make a cluster grow that can.
        return 2 * max(self._room, 1)

    def _ready(self) -> Iterator[_R]:
        # A look costs as much as there are tasks, so where there are many it waits for several.
        several = 1 + len(self._pending) // _SHARE
        done, _ = self._ray.wait(list(self._pending), num_returns=several, timeout=_LOOK)
        if not done:
            self._waiting()
        for reference in done:
            yield from self._results(reference, self._pending.pop(reference))

    def _results(self, reference: Any, chunk: list[_T]) -> Iterator[_R]:
        from ray.exceptions import RayError, RayTaskError

        try:
            answer: TaskAnswer = self._ray.get(reference)
        except RayTaskError as error:
            raise _refused(error) from error
        except RayError as error:
            yield from self._again(chunk, error)
            return
        if answer.error:
            raise (UsageError if answer.usage else SesrError)(answer.error)
        yield from answer.results

    def _again(self, chunk: list[_T], error: Exception) -> Iterator[_R]:
        """Find out which piece of a chunk ends every process that takes it."""
        if len(chunk) > 1:
            self._alone += chunk
            return
        reason = f"every worker that took it was lost ({type(error).__name__})"
        yield self._lost(chunk[0], reason)


def _refused(error: Exception) -> SesrError:
    """A task that could not even begin, or that has a mistake."""
    says = str(error)
    if "ModuleNotFoundError" in says or "ImportError" in says or "AttributeError" in says:
        return UsageError("--cluster: a node has another sesr than this machine, or none "
                          f"({_last_line(says)}); install the same version everywhere")  # fmt: skip
    return SesrError(f"--cluster: a worker failed ({_last_line(says)})")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else first_line(RuntimeError(text))

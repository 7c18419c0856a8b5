"""Evaluations whose work is done on a cluster: the files that it leaves are brought here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from sesr.errors import SesrError
from sesr_app.cluster import Caller, Spread, connected
from sesr_app.robustness.options import SpreadSetup
from sesr_app.robustness.worker import (
    Assignment,
    Evaluated,
    Piece,
    evaluate_pieces,
    read_files,
    write_files,
)

if TYPE_CHECKING:
    from defense.evaluation import Evaluation, PortionWork


def open_evaluation(options: SpreadSetup) -> Evaluation:
    """Load what a command needs; with a cluster, have it do the work first.

    What the cluster makes is found in the folder of the evaluation, as after a run that was
    stopped just before its end.

    Raises:
        SesrError: something cannot be loaded; the cluster cannot be joined, or fails.
    """
    if not options.cluster:
        return options.open()
    with connected(options.cluster):
        evaluation = options.open()
        evaluation.check_better_than_guessing()
        _spread(options, evaluation)
    return evaluation


def _spread(options: SpreadSetup, evaluation: Evaluation) -> None:
    """Have a cluster make what is missing.

    Raises:
        SesrError: the work cannot go on, or some photographs cannot be worked on; all that was
            made is kept.
    """
    from sesr_app.terminal.progress import progress_bar

    total, done = len(evaluation.data), 0
    work, assignment = options.work(evaluation), Assignment(options, Caller.here())
    lost: list[Evaluated] = []
    with progress_bar(lines=True) as advance:

        def tell(more: int = 0) -> None:
            nonlocal done
            done += more
            advance("photographs on the cluster", done, total)

        spread = Spread(evaluate_pieces, assignment, _lost, options.worker_cpus, tell)
        missing = ([piece] for piece in _missing(work, evaluation, tell))
        with closing(spread.run(missing)) as found:
            for one in found:
                write_files(evaluation.folder, one.files)
                lost += [one] if one.lost else []
                tell(one.piece.images)
    if lost:
        raise _explain(lost)


def _missing(
    work: PortionWork, evaluation: Evaluation, done: Callable[[int], None]
) -> Iterator[Piece]:
    """The pieces that are not there; of the others, their images are told."""
    for start in range(0, len(evaluation.data), work.size):
        part = evaluation.data.take(slice(start, start + work.size))
        if work.is_done(part, start):
            done(len(part))
        else:
            files = read_files(evaluation.folder, work.files(part, start))
            yield Piece(start, len(part), files)


def _lost(piece: Piece, reason: str) -> Evaluated:
    return Evaluated(piece._replace(files={}), {}, reason)


def _explain(lost: list[Evaluated]) -> SesrError:
    start, count, _ = lost[0].piece
    which = f"photograph {start + 1}" + (f" to {start + count}" if count > 1 else "")
    more = f", and {len(lost) - 1} more such pieces" if len(lost) > 1 else ""
    return SesrError(
        f"--cluster: {which}{more}: {lost[0].lost}; what was made is kept and the same command "
        "goes on with the rest; more --worker-cpus leave more memory to each process, as does a "
        "smaller --batch, but attacks then begin anew"
    )

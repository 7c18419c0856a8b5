"""Evaluations whose work is done on a cluster: the files that it leaves are brought here."""

from __future__ import annotations

from collections.abc import Generator
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
        _spread(options, evaluation)
    return evaluation


def _spread(options: SpreadSetup, evaluation: Evaluation) -> None:
    """Have a cluster make what is missing.

    Raises:
        SesrError: the work cannot go on, or some photographs cannot be worked on; all that was
            made is kept.
    """
    from sesr_app.terminal.progress import progress_bar

    total, done, lost = len(evaluation.data), 0, []
    work = options.work(evaluation)
    assignment = Assignment(options, Caller.here())
    with progress_bar(lines=True) as advance:

        def tell() -> None:
            advance("photographs on the cluster", done, total)

        spread = Spread(evaluate_pieces, assignment, _lost, options.worker_cpus, tell)
        with closing(_made(spread, work, evaluation)) as found:
            for made in found:
                write_files(evaluation.folder, made.files)
                lost += [made] if made.lost else []
                done += made.piece.images
                tell()
    if lost:
        raise _explain(lost)


def _made(
    spread: Spread[Piece, Evaluated], work: PortionWork, evaluation: Evaluation
) -> Generator[Evaluated]:
    """What is there, then what the cluster makes."""
    missing = []
    for start in range(0, len(evaluation.data), work.size):
        part = evaluation.data.take(slice(start, start + work.size))
        if work.is_done(part, start):
            yield Evaluated(Piece(start, len(part), {}), {})
        else:
            missing.append(start)
    yield from spread.run([_piece(work, evaluation, start)] for start in missing)


def _piece(work: PortionWork, evaluation: Evaluation, start: int) -> Piece:
    part = evaluation.data.take(slice(start, start + work.size))
    return Piece(start, len(part), read_files(evaluation.folder, work.files(part, start)))


def _lost(piece: Piece, reason: str) -> Evaluated:
    return Evaluated(piece._replace(files={}), {}, reason)


def _explain(lost: list[Evaluated]) -> SesrError:
    start, count, _ = lost[0].piece
    which = f"photograph {start + 1}" + (f" to {start + count}" if count > 1 else "")
    more = f", and {len(lost) - 1} more such pieces" if len(lost) > 1 else ""
    return SesrError(
        f"--cluster: {which}{more}: {lost[0].lost}; what was made is kept and the same command "
        "goes on with the rest; a smaller --batch needs less memory, more --worker-cpus leave "
        "more of it to each process"
    )

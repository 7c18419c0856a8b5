"""A process of a cluster that evaluates some photographs, and gives back the files it has made."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sesr.errors import SesrError, UsageError
from sesr.files import write_atomically
from sesr_app.cluster import Caller, TaskAnswer, limit_threads
from sesr_app.robustness.options import SpreadSetup

if TYPE_CHECKING:
    from defense.evaluation import ImageSet

Files = dict[str, bytes]
"""Contents by their paths in the folder of an evaluation."""


class Piece(NamedTuple):
    """Some photographs.

    Attributes:
        start: the place of the first among all.
        images: how many.
        files: what is there already.
    """

    start: int
    images: int
    files: Files


class Evaluated(NamedTuple):
    """What became of a piece.

    Attributes:
        piece: without its files.
        files: what it left.
        lost: why there is nothing.
    """

    piece: Piece
    files: Files
    lost: str = ""


class Assignment(NamedTuple):
    """What all pieces share.

    Attributes:
        options: of the command.
        caller: the command itself.
    """

    options: SpreadSetup
    caller: Caller


def evaluate_pieces(assignment: Assignment, pieces: list[Piece]) -> TaskAnswer:
    """A task: make what is missing of some pieces, with the worker of this process."""
    try:
        worker = _worker_for(assignment, pieces[0])
        return TaskAnswer([worker.make(piece) for piece in pieces])
    except SesrError as error:
        return TaskAnswer.of(error)


_workers: list[_Worker] = []
"""The one of this process, which may work on many pieces."""


def _worker_for(assignment: Assignment, piece: Piece) -> _Worker:
    """Ray starts processes anew for every command."""
    if not _workers:
        assignment.caller.stand_in()
        limit_threads(assignment.options.worker_cpus)
        try:
            _workers.append(_Worker(assignment.options, piece))
        except SesrError as error:
            kind = UsageError if isinstance(error, UsageError) else SesrError
            raise kind(
                f"--cluster: {platform.node()}: {error}; every node must see the same files at "
                "the same paths"
            ) from error
    return _workers[0]


class _Worker:
    """A process of a cluster, with models that are loaded once.

    Args:
        options: of the command.
        piece: one of its pieces.
    """

    def __init__(self, options: SpreadSetup, piece: Piece) -> None:
        self._options = options
        self._folder = tempfile.TemporaryDirectory(prefix="sesr-", ignore_cleanup_errors=True)
        part = replace(
            options,
            skip=options.skip + piece.start,
            first=piece.images,
            output=Path(self._folder.name),
        )
        self._work = part.work(part.open(), options.worker_cpus)

    def make(self, piece: Piece) -> Evaluated:
        """Make what is missing of a piece."""
        with tempfile.TemporaryDirectory(prefix="sesr-") as name:
            folder = Path(name)
            write_files(folder, piece.files)
            self._work.make(self._data(piece), piece.start, folder)
            paths = (path for path in folder.rglob("*") if path.is_file())
            files = {name: content for name, content in read_files(folder, paths).items()
                     if name not in piece.files}  # fmt: skip
        return Evaluated(piece._replace(files={}), files)

    def _data(self, piece: Piece) -> ImageSet:
        from defense.evaluation import read_image_set

        skip = self._options.skip + piece.start
        return read_image_set(self._options.images, self._options.labels, piece.images, skip)


def read_files(folder: Path, paths: Iterable[Path]) -> Files:
    """The contents of some files of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_files(folder: Path, files: Files) -> None:
    """Write files to their places in a folder, each in one piece."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)

"""An int8 LiteRT file in TensorFlow Lite Micro, the interpreter that boards run.

Its package `tflite-micro` is there for Linux on x86-64 only, so that nothing depends on it: where
it is installed, it confirms what LiteRT's reference kernels say.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from sesr.errors import ExportError, UsageError
from sesr.pixels.levels import Int8Image

PACKAGE = "tflite-micro"

_ROOM = 2**28
"""Bytes offered to it; it says how many it took."""

_TAKEN = re.compile(rb"Arena allocation total (\d+) bytes")


def has_micro() -> bool:
    """Whether the package is installed."""
    return find_spec("tflite_micro") is not None


class MicroNetwork:
    """An int8 network of one input and one output, as a board would run it.

    Args:
        content: of the file.

    Raises:
        UsageError: the package is missing.
        ExportError: TensorFlow Lite Micro cannot run the file.
    """

    def __init__(self, content: bytes) -> None:
        if not has_micro():
            raise UsageError(
                "TensorFlow Lite Micro is not installed, or there is none for this system: run pip "
                f"install {PACKAGE}"
            )
        from tflite_micro import runtime

        try:
            self._interpreter = runtime.Interpreter.from_bytes(content, arena_size=_ROOM)
        except Exception as error:
            raise ExportError(f"TensorFlow Lite Micro cannot run the network: {error}") from error

    def __call__(self, image: Int8Image) -> Int8Image:
        """Run on one image, without the axis of the batch."""
        self._interpreter.set_input(image[np.newaxis], 0)
        self._interpreter.invoke()
        output: Int8Image = self._interpreter.get_output(0)[0]
        return output

    @property
    def arena_bytes(self) -> int:
        """Memory that it took, of which a few KiB are tables that a board of 32 bits halves."""
        said = _standard_error_of(self._interpreter.print_allocations)
        found = _TAKEN.search(said)
        if found is None:
            raise ExportError(f"this {PACKAGE} does not say what memory it took; received {said!r}")
        return int(found[1])


def micro_report(content: bytes) -> dict[str, int | str] | None:
    """What a network takes in TensorFlow Lite Micro, as data; None where it is not installed."""
    if not has_micro():
        return None
    return {"arena_bytes": MicroNetwork(content).arena_bytes, "version": version(PACKAGE)}


def _standard_error_of(function: Callable[[], None]) -> bytes:
    """What native code writes there; the interpreter has no other way to tell."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as file:
        try:
            os.dup2(file.fileno(), 2)
            function()
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        file.seek(0)
        return file.read()

"""A network as a LiteRT file, run on the CPU."""

from __future__ import annotations

import os
import queue
import threading
from pathlib import Path
from typing import Self

import numpy as np

from sesr.catalog.shipped import TrainedModel
from sesr.engine.border import Border
from sesr.engine.interpreter import open_interpreter
from sesr.pixels.levels import Tile


class LiteRTNetwork:
    """Runs a LiteRT file of one image in and one image out, at any height and width.

    Preparing the runtime for a shape costs more than running a small tile, so it happens only
    when the shape changes. Calls from several threads wait for each other.

    Args:
        path: the `.tflite` file.
        threads: CPU threads; all cores by default.

    Attributes:
        size: height and width that the file was made for; None where it takes any.

    Raises:
        ModelError: the file is missing or is no LiteRT file.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._interpreter = open_interpreter(path, threads or available_cores())
        given = self._interpreter.get_input_details()[0]
        made = self._interpreter.get_output_details()[0]
        sides = [int(side) for side in given["shape_signature"][1:3]]
        self.size = (sides[0], sides[1]) if len(sides) == 2 and min(sides) > 0 else None
        self._input, self._enter = given["index"], Border.of(given).enter
        self._output, self._leave = made["index"], Border.of(made).leave
        self._shape: tuple[int, ...] | None = None
        self._lock = threading.Lock()

    def __call__(self, image: Tile) -> Tile:
        """Run the network on one image.

        Args:
            image: (H, W, C) float32 in [0, 1], or int8, `pixel - 128`.

        Returns:
            (H * scale, W * scale, C), numbers of the same kind. They are brought into the kind
            that the file has and back; nothing is done where both agree.
        """
        with self._lock:
            if image.shape != self._shape:
                # Unset until it holds, so that a failure is not taken for readiness.
                self._shape = None
                self._interpreter.resize_tensor_input(self._input, (1, *image.shape))
                self._interpreter.allocate_tensors()
                self._shape = image.shape
            self._interpreter.set_tensor(self._input, self._enter(image)[np.newaxis])
            self._interpreter.invoke()
            return self._leave(self._interpreter.get_tensor(self._output)[0], image)


class LiteRTEngine:
    """As many single-threaded interpreters of a file as there are cores, each made when needed.

    A tile to a core scales better than all cores on one tile, and small images of a batch run
    beside each other.

    Args:
        path: the `.tflite` file.
        workers: how many tiles to run at a time.

    Raises:
        ModelError: the file is missing or is no LiteRT file.
    """

    precisions = ("float32", "int8")
    title = "LiteRT"
    package = "ai-edge-litert"

    def __init__(self, path: Path, workers: int) -> None:
        self.workers = workers
        self._path = path
        self._idle: queue.LifoQueue[LiteRTNetwork | None] = queue.LifoQueue()
        for _ in range(workers - 1):
            self._idle.put(None)
        self._idle.put(LiteRTNetwork(path, threads=1))

    @classmethod
    def open(cls, model: TrainedModel, workers: int, precision: str) -> Self:
        """Make it ready for a model."""
        return cls(model.litert, workers)

    def __call__(self, tile: Tile) -> Tile:
        """Run the network on one tile, (H, W, C) float32 in [0, 1] or int8 `pixel - 128`."""
        network = self._idle.get()
        try:
            if network is None:
                network = LiteRTNetwork(self._path, threads=1)
            return network(tile)
        finally:
            self._idle.put(network)


def available_cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

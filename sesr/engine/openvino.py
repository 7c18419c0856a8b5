"""A network on OpenVINO, which is faster than LiteRT on most x86-64 processors."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any, Self

import numpy as np

from sesr.catalog.shipped import TrainedModel
from sesr.errors import MissingExtraError, ModelError, UsageError, first_line
from sesr.pixels.color import FloatImage


class OpenVINOEngine:
    """Runs a LiteRT file on OpenVINO, one stream to a core.

    Args:
        path: the `.tflite` file.
        workers: CPU threads, and how many tiles run at a time.
        precision: "float32", "bfloat16", or "auto": bfloat16 where the processor has it.

    Raises:
        MissingExtraError: OpenVINO is not installed.
        UsageError: the processor has no bfloat16.
        ModelError: the file is missing, is no LiteRT file, or one for int8.
    """

    precisions = ("float32", "bfloat16")
    title = "OpenVINO"
    package = "openvino"

    def __init__(self, path: Path, workers: int, precision: str = "auto") -> None:
        try:
            import openvino
        except ImportError as error:
            raise MissingExtraError("the engine openvino", "openvino") from error
        self.workers = workers
        core = openvino.Core()
        fast = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "bfloat16" and not fast:
            raise UsageError("this processor has no bfloat16; use float32")
        if not path.exists():
            raise ModelError(f"{path}: no such model file")
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if fast and precision != "float32" else "f32",
            "NUM_STREAMS": str(workers),
            "INFERENCE_NUM_THREADS": str(workers),
        }
        try:
            model = core.read_model(str(path))
            channels = model.inputs[0].partial_shape[3]
            model.reshape(openvino.PartialShape([1, -1, -1, channels]))
            compiled = core.compile_model(model, "CPU", settings)
        except RuntimeError as error:
            raise ModelError(f"{path}: OpenVINO cannot run it ({first_line(error)})") from error
        if model.inputs[0].element_type != openvino.Type.f32:
            raise ModelError(
                f"{path}: takes {model.inputs[0].element_type.get_type_name()}, and OpenVINO is "
                "used for float32 only; use litert"
            )
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(workers):
            self._idle.put(compiled.create_infer_request())
        self._known: set[tuple[int, ...]] = set()
        self._preparing = threading.Lock()

    @classmethod
    def open(cls, model: TrainedModel, workers: int, precision: str) -> Self:
        """Make it ready for a model."""
        return cls(model.litert, workers, precision)

    def __call__(self, tile: FloatImage) -> FloatImage:
        """Run the network on one tile, (H, W, C) float32 in [0, 1]."""
        if tile.shape in self._known:
            return self._infer(tile)
        # OpenVINO now and then blocks for ever when two threads bring a size that is new to it.
        with self._preparing:
            output = self._infer(tile)
            self._known.add(tile.shape)
            return output

    def _infer(self, tile: FloatImage) -> FloatImage:
        request = self._idle.get()
        try:
            request.infer([np.ascontiguousarray(tile[np.newaxis])])
            # Copied: the next tile overwrites the request's own memory.
            output: FloatImage = request.get_output_tensor(0).data[0].copy()
            return output
        finally:
            self._idle.put(request)

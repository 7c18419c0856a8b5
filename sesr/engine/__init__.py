"""What runs a trained network: LiteRT, OpenVINO or Keras, behind one small interface."""

from __future__ import annotations

from sesr.catalog.shipped import TrainedModel
from sesr.engine.base import Engine
from sesr.engine.interpreter import open_interpreter
from sesr.engine.litert import LiteRTEngine, LiteRTNetwork, available_cores
from sesr.errors import UsageError

__all__ = [
    "ENGINES",
    "PRECISIONS",
    "Engine",
    "LiteRTNetwork",
    "available_cores",
    "open_engine",
    "open_interpreter",
]

ENGINES = ("litert", "openvino", "keras")
"""LiteRT is in the base install; the others come with extras."""

PRECISIONS = ("auto", "float32", "bfloat16")
"""Auto is bfloat16 where engine and processor have it, which is faster and rounds to about
half a level of an 8-bit image."""


def open_engine(
    name: str, model: TrainedModel, threads: int | None = None, precision: str = "auto"
) -> Engine:
    """Make ready what runs a model.

    Args:
        name: one of `ENGINES`.
        model: what to run.
        threads: CPU threads; all cores by default. Keras ignores it.
        precision: one of `PRECISIONS`; only OpenVINO has bfloat16.

    Raises:
        UsageError: unknown engine, or a precision that it does not have.
        MissingExtraError: the engine's packages are not installed.
        ModelError: the model's file is missing or damaged.

    Example:
        >>> import numpy as np
        >>> from sesr.catalog.shipped import find_model
        >>> engine = open_engine("litert", find_model("M5", 2), threads=1)
        >>> engine(np.zeros((8, 9, 1), np.float32)).shape
        (16, 18, 1)
    """
    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}; the engines are {', '.join(ENGINES)}")
    if precision not in PRECISIONS:
        raise UsageError(f"unknown precision {precision!r}; there are {', '.join(PRECISIONS)}")
    workers = threads or available_cores()
    if name == "openvino":
        from sesr.engine.openvino import OpenVINOEngine

        return OpenVINOEngine(model.litert, workers, precision)
    if precision == "bfloat16":
        raise UsageError(f"the engine {name} has no bfloat16; use openvino or float32")
    if name == "keras":
        from sesr.engine.keras import KerasEngine

        return KerasEngine(model.keras)
    return LiteRTEngine(model.litert, workers)

"""What runs a trained network: LiteRT, OpenVINO or Keras, behind one small interface."""

from __future__ import annotations

from importlib import import_module

from sesr.catalog.shipped import TrainedModel
from sesr.engine.base import Engine
from sesr.engine.interpreter import open_interpreter
from sesr.engine.litert import LiteRTNetwork, available_cores
from sesr.engine.tiled import LARGEST_HALO, TiledLiteRT
from sesr.errors import UsageError

__all__ = [
    "ENGINES",
    "LARGEST_HALO",
    "PRECISIONS",
    "Engine",
    "LiteRTNetwork",
    "TiledLiteRT",
    "available_cores",
    "open_engine",
    "open_interpreter",
]

ENGINES = {
    "litert": ("sesr.engine.litert", "LiteRTEngine"),
    "openvino": ("sesr.engine.openvino", "OpenVINOEngine"),
    "keras": ("sesr.engine.keras", "KerasEngine"),
}
"""Module and class of every engine; a new one is a file and a line here. LiteRT is in the base
install; the others come with extras."""

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
    module, kind = ENGINES[name]
    engine: type[Engine] = getattr(import_module(module), kind)
    if precision == "bfloat16" and not engine.has_bfloat16:
        raise UsageError(f"the engine {name} has no bfloat16; use openvino or float32")
    return engine.open(model, threads or available_cores(), precision)

"""What runs a trained network: LiteRT, OpenVINO or Keras, behind one small interface."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sesr.catalog.shipped import TrainedModel, find_int8, loses_little, require_int8
from sesr.engine.base import Engine
from sesr.engine.interpreter import open_interpreter
from sesr.engine.litert import LiteRTNetwork, available_cores
from sesr.errors import UsageError
from sesr.lazy import lazy

if TYPE_CHECKING:
    from sesr.engine.tiled import LARGEST_HALO, TiledLiteRT

__all__ = [
    "ENGINES",
    "LARGEST_HALO",
    "PRECISIONS",
    "Engine",
    "LiteRTNetwork",
    "TiledLiteRT",
    "available_cores",
    "choose_int8",
    "engine_named",
    "open_engine",
    "open_interpreter",
]

__getattr__ = lazy(__name__, {"LARGEST_HALO": "tiled", "TiledLiteRT": "tiled"})

ENGINES = {
    "litert": ("sesr.engine.litert", "LiteRTEngine"),
    "openvino": ("sesr.engine.openvino", "OpenVINOEngine"),
    "keras": ("sesr.engine.keras", "KerasEngine"),
}
"""Module and class of every engine; a new one is a file and a line here. LiteRT is in the base
install; the others come with extras."""

PRECISIONS = ("auto", "float32", "bfloat16", "int8")
"""Auto is bfloat16 where engine and processor have it, which is faster and rounds to about
half a level of an 8-bit image. Int8 is for networks that were trained for it."""


def choose_int8(model: TrainedModel, engine: str, precision: str) -> TrainedModel | None:
    """The form of a network that 8-bit images go through, if that is to be int8.

    Args:
        model: that was asked for.
        engine: one of `ENGINES`.
        precision: one of `PRECISIONS`; auto takes int8 where it loses little, or where the model
            is for nothing else.

    Raises:
        UsageError: int8 was asked for, and there is none.
    """
    if precision == "int8":
        return require_int8(model)
    if precision != "auto" or engine != "litert":
        return None
    found = find_int8(model)
    chosen = found is not None and (found is model or loses_little(model, found))
    return found if chosen else None


def open_engine(
    name: str, model: TrainedModel, threads: int | None = None, precision: str = "auto"
) -> Engine:
    """Make ready what runs a model.

    Args:
        name: one of `ENGINES`.
        model: what to run.
        threads: CPU threads; all cores by default. Keras ignores it.
        precision: one of `PRECISIONS`; only OpenVINO has bfloat16, and only LiteRT int8, for a
            model that was trained for it.

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
    engine = engine_named(name)
    if precision not in PRECISIONS:
        raise UsageError(f"unknown precision {precision!r}; there are {', '.join(PRECISIONS)}")
    if precision not in ("auto", *engine.precisions):
        having = [other for other in ENGINES if precision in engine_named(other).precisions]
        raise UsageError(
            f"the engine {name} has no {precision}; use {', '.join(having)} or float32"
        )
    return engine.open(model, threads or available_cores(), precision)


def engine_named(name: str) -> type[Engine]:
    """The class of an engine, whose packages need not be there.

    Raises:
        UsageError: unknown engine.

    Example:
        >>> engine_named("litert").title
        'LiteRT'
    """
    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}; the engines are {', '.join(ENGINES)}")
    module, kind = ENGINES[name]
    engine: type[Engine] = getattr(import_module(module), kind)
    return engine

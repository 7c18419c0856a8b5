"""This project's networks on its own engines."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from sesr import Upscaler
from sesr.engine import engine_named
from sesr.pixels.color import FloatImage, Rgb8
from sesr.pixels.levels import from_int8_image, to_int8_image


class Ours:
    """The upscaler as its users have it: tiles, all cores, bicubic colours.

    Args:
        model: a name of `sesr models`, or a path.
        scale: 2 or 4.
        engine: "litert", "openvino" or "keras".
        precision: "float32", "bfloat16" or "int8".

    Raises:
        UsageError: the engine is not installed, or lacks the precision on this processor.
        ModelError: the model's file is missing or damaged.

    Example:
        >>> import numpy as np
        >>> contender = Ours("M5", 2, "litert", "float32")
        >>> contender.luma(np.zeros((8, 9), np.float32)).shape
        (16, 18)
    """

    def __init__(self, model: str, scale: int, engine: str, precision: str) -> None:
        self._upscale = Upscaler(model, scale, engine=engine, precision=precision)
        self._rounds = precision == "int8"
        self.version = _version(engine_named(engine).package)

    def luma(self, luma: FloatImage) -> FloatImage:
        """Enlarge one channel, (H, W) float32."""
        if self._rounds:
            return from_int8_image(self._upscale.luma(to_int8_image(luma)))
        return self._upscale.luma(luma)

    def rgb(self, image: Rgb8) -> Rgb8:
        """Enlarge a colour image, (H, W, 3) uint8."""
        return self._upscale(image)


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        # Importable all the same, from a folder or a build of another name.
        return package

"""This project's network on ONNX Runtime."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from sesr.catalog.shipped import find_model
from sesr.errors import MissingExtraError
from sesr.files import write_atomically
from sesr.pixels.color import FloatImage, Rgb8
from sesr.pixels.luma import join_luma, split_luma

_FEATURE = "ONNX Runtime"


class OnnxRuntime:
    """An ONNX file of one luma image in and one out, in one piece on all cores.

    Args:
        path: what `write_onnx` wrote.
        scale: the network's scale.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
    """

    def __init__(self, path: str, scale: int) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError(_FEATURE, "bench") from error
        self._scale = scale
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.version = f"onnxruntime {onnxruntime.__version__}"

    def luma(self, luma: FloatImage) -> FloatImage:
        """Enlarge one channel, (H, W) float32."""
        output = self._session.run(None, {self._input: luma[np.newaxis, np.newaxis]})[0]
        return np.asarray(output[0, 0], np.float32)

    def rgb(self, image: Rgb8) -> Rgb8:
        """Enlarge a colour image, (H, W, 3) uint8."""
        height, width = image.shape[:2]
        enlarged = np.empty((height * self._scale, width * self._scale, 3), np.uint8)
        join_luma(self.luma(split_luma(image)), image, 0, height, enlarged)
        return enlarged


def write_onnx(model: str, scale: int, path: str) -> None:
    """Write one of this project's networks as an ONNX file.

    A job of its own, since it takes Keras, whose memory is no part of ONNX Runtime's.

    Raises:
        MissingExtraError: Keras, ONNX or ONNX Runtime is missing.
        ModelError: the model has no `.keras` file, or a damaged one.
    """
    if any(find_spec(name) is None for name in ("onnxruntime", "onnx", "keras")):
        raise MissingExtraError(_FEATURE, "bench")
    from sesr.export.cpu.onnx_file import to_onnx
    from sesr.lowering.plain_network import PlainNetwork
    from sesr.network.load import load_network

    network = load_network(find_model(model, scale).keras)
    write_atomically(Path(path), to_onnx(PlainNetwork.from_keras(network)))

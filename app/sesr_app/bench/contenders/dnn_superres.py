"""OpenCV's super resolution, with the networks that its users download."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from sesr.errors import ModelError, UsageError
from sesr.pixels.color import FloatImage, Rgb8

_NEEDS = "needs opencv-contrib-python-headless 4.x in place of opencv-python-headless"

_BLACK, _RANGE = np.float32(16 / 255), np.float32(219 / 255)
"""Of studio luma; these networks were trained on luma from 0 to 1."""


class DnnSuperRes:
    """A network of OpenCV's `dnn_superres`.

    End to end it runs as OpenCV runs it. The bare network gets its luma unrounded and in the
    range that it was trained on, which is worth up to 0.08 dB to it.

    Args:
        path: the `.pb` file.
        algorithm: OpenCV's name of its architecture: "fsrcnn", "espcn" or "lapsrn".
        scale: the network's scale.

    Raises:
        UsageError: this OpenCV is built without `dnn_superres`.
        ModelError: the file is not such a network.
    """

    version = f"opencv {cv2.__version__}"

    def __init__(self, path: str, algorithm: str, scale: int) -> None:
        module: Any = getattr(cv2, "dnn_superres", None)
        if module is None:
            raise UsageError(_NEEDS)
        try:
            self._whole = module.DnnSuperResImpl_create()
            self._whole.readModel(path)
            self._whole.setModel(algorithm, scale)
            self._network: Any = cv2.dnn.readNetFromTensorflow(path)
        except cv2.error as error:
            reason = " ".join(str(error).split())
            raise ModelError(f"{path}: OpenCV cannot read it ({reason})") from error

    def luma(self, luma: FloatImage) -> FloatImage:
        """Enlarge one channel, (H, W) float32."""
        blob = ((luma - _BLACK) / _RANGE)[np.newaxis, np.newaxis]
        self._network.setInput(blob)
        output = self._network.forward()
        # Some of the files keep TensorFlow's order of axes.
        plane = output[0, 0] if output.shape[1] == 1 else output[0, ..., 0]
        return np.asarray(np.clip(plane * _RANGE + _BLACK, 0, 1), np.float32)

    def rgb(self, image: Rgb8) -> Rgb8:
        """Enlarge a colour image, (H, W, 3) uint8; the order of its channels is RGB."""
        blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        enlarged = self._whole.upsample(blue_first)
        return np.asarray(cv2.cvtColor(enlarged, cv2.COLOR_BGR2RGB), np.uint8)

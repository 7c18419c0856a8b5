"""Running an int8 LiteRT file on the CPU, bit for bit as the NPU runs it."""

from __future__ import annotations

import numpy as np

from sesr.engine import open_interpreter
from sesr.errors import ModelError
from sesr.pixels.levels import Int8Image


class Int8Network:
    """An int8 LiteRT file of one input and one output, both of fixed size.

    It runs on LiteRT's reference kernels, whose rounding Ethos-U follows.

    Args:
        content: of the file.

    Raises:
        ModelError: the content is no LiteRT file, or its tensors are not int8.
    """

    def __init__(self, content: bytes) -> None:
        self._interpreter = open_interpreter(content, reference=True)
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        for tensor in (self._input, self._output):
            if tensor["dtype"] != np.int8:
                raise ModelError(
                    f"the network must have int8 tensors; {tensor['name']} is "
                    f"{np.dtype(tensor['dtype']).name}"
                )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(1, height, width, C)."""
        return tuple(int(side) for side in self._input["shape"])

    @property
    def output_shape(self) -> tuple[int, ...]:
        """(1, height * scale, width * scale, C), or whatever the network gives."""
        return tuple(int(side) for side in self._output["shape"])

    @property
    def input_quantization(self) -> tuple[float, int]:
        """Scale and zero point."""
        scale, zero = self._input["quantization"]
        return float(scale), int(zero)

    @property
    def output_quantization(self) -> tuple[float, int]:
        """Scale and zero point."""
        scale, zero = self._output["quantization"]
        return float(scale), int(zero)

    def __call__(self, image: Int8Image) -> Int8Image:
        """Run on one image, without the axis of the batch."""
        self._interpreter.set_tensor(self._input["index"], image[np.newaxis])
        self._interpreter.invoke()
        output: Int8Image = self._interpreter.get_tensor(self._output["index"])[0]
        return output

"""Running an int8 LiteRT file on the CPU, bit for bit as the NPU runs it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sesr.errors import ModelError
from sesr.export.npu.tiles import PIXEL_OFFSET, Int8Image
from sesr.pixels.color import FloatImage


class Int8Network:
    """An int8 LiteRT file of one input and one output, both of fixed size.

    It runs on LiteRT's reference kernels, whose rounding Ethos-U follows. The optimised ones
    differ from them by one step here and there.

    Args:
        content: of the file.

    Raises:
        ModelError: the content is no LiteRT file, or its tensors are not int8.
    """

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        try:
            self._interpreter: Any = Interpreter(
                model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
            )
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"not a readable LiteRT file ({error})") from error
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


def to_int8_image(image: FloatImage) -> Int8Image:
    """Image in [0, 1] as int8, pixel - 128, rounded to nearest."""
    levels = np.floor(np.clip(image, 0, 1) * 255 + 0.5)
    return np.asarray(levels - PIXEL_OFFSET, dtype=np.int8)


def from_int8_image(image: npt.NDArray[np.int8]) -> FloatImage:
    """The other way."""
    return np.asarray((image.astype(np.float32) + PIXEL_OFFSET) / 255, dtype=np.float32)

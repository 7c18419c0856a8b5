"""A network as an ONNX file, for runtimes other than LiteRT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sesr.errors import ModelError
from sesr.lowering import NATIVE, Convolution, PlainNetwork, apply_network, native_lowering

OPSET = 17
"""Of the standard operators: old enough for every runtime in use."""

IR_VERSION = 8
"""Of the file's format, the one that came with this opset."""


def to_onnx(network: PlainNetwork) -> bytes:
    """Write a network as it was trained, in float32 and for any image size.

    Args:
        network: what `PlainNetwork.from_keras` returned.

    Returns:
        The file's content: "image" (1, C, H, W) to "enlarged" (1, C, H * scale, W * scale), both
        in [0, 1]; channels come first, as other frameworks have them. Equal networks give equal
        content.
    """
    from onnx import TensorProto, checker, helper

    graph = _Onnx()
    apply_network(network, native_lowering(network), "image", graph)
    sides = [1, network.channels, "height", "width"]
    larger = [1, network.channels, "enlarged_height", "enlarged_width"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            f"sesr_x{network.scale}",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, sides)],
            [helper.make_tensor_value_info("enlarged", TensorProto.FLOAT, larger)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="sesr",
    )
    checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


class _Onnx:
    """The operations of `sesr.lowering.operations` as nodes and constants, named in order.

    A value is the name of the node that gives it.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def feature_map(self, name: str, value: str) -> str:
        return value

    def subtract(self, value: str, number: float) -> str:
        return self._node("Sub", [value, self._constant("shift", number)])

    def convolve(self, value: str, convolution: Convolution) -> str:
        name = convolution.name
        (above, below), (left, right) = convolution.padding
        kernel = self._constant(f"{name}_kernel", convolution.kernel.transpose(3, 2, 0, 1))
        bias = self._constant(f"{name}_bias", convolution.bias)
        return self._node(
            "Conv",
            [value, kernel, bias],
            pads=[above, left, below, right],
            strides=[convolution.stride] * 2,
        )

    def relu(self, value: str) -> str:
        return self._node("Relu", [value])

    def prelu(self, value: str, convolution: Convolution) -> str:
        slopes = convolution.slopes.reshape(-1, 1, 1)
        return self._node("PRelu", [value, self._constant(f"{convolution.name}_slopes", slopes)])

    def add(self, one: str, other: str) -> str:
        return self._node("Add", [one, other])

    def concatenate(self, values: Sequence[str]) -> str:
        return self._node("Concat", list(values), axis=1)

    def repeat(self, image: str, times: int) -> str:
        return self.concatenate([image] * times)

    def shuffle(self, value: str, network: PlainNetwork, kind: str) -> str:
        if kind != NATIVE:
            raise ModelError(f"ONNX files have the shuffle {NATIVE}; received {kind!r}")
        # TensorFlow's order of channels is the one that ONNX calls DCR.
        return self._node("DepthToSpace", [value], blocksize=network.block, mode="DCR")

    def clip(self, value: str) -> str:
        limits = [self._constant("low", 0), self._constant("high", 1)]
        return self._node("Clip", [value, *limits], output="enlarged")

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

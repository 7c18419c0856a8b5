"""A network as an ONNX file, for runtimes other than LiteRT."""

from __future__ import annotations

from typing import Any

import numpy as np

from sesr.lowering.plain_network import Convolution, PlainNetwork

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

    graph = _Graph()
    first, *inner, last = network.convolutions
    shifted = "image"
    if network.shift:
        shifted = graph.add("Sub", ["image", graph.constant("shift", np.float32(network.shift))])
    features = graph.convolve(shifted, first)
    deep = features
    for convolution in inner:
        deep = graph.convolve(deep, convolution)
    if network.feature_residual:
        deep = graph.add("Add", [deep, features])
    packed = graph.convolve(deep, last)
    if network.image_residual:
        repeated = graph.add("Concat", ["image"] * network.scale**2, axis=1)
        packed = graph.add("Add", [packed, repeated])
    # TensorFlow's order of channels is the one that ONNX calls DCR.
    large = graph.add("DepthToSpace", [packed], blocksize=network.scale, mode="DCR")
    limits = [graph.constant(name, np.float32(value)) for name, value in (("low", 0), ("high", 1))]
    graph.add("Clip", [large, *limits], output="enlarged")
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


class _Graph:
    """Nodes and constants, named in order."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def convolve(self, value: str, convolution: Convolution) -> str:
        name = convolution.name
        (above, below), (left, right) = convolution.padding
        kernel = self.constant(f"{name}_kernel", convolution.kernel.transpose(3, 2, 0, 1))
        bias = self.constant(f"{name}_bias", convolution.bias)
        result = self.add("Conv", [value, kernel, bias], pads=[above, left, below, right])
        if convolution.activation == "relu":
            return self.add("Relu", [result])
        if convolution.activation == "prelu":
            slopes = self.constant(f"{name}_slopes", convolution.slopes.reshape(-1, 1, 1))
            return self.add("PRelu", [result, slopes])
        return result

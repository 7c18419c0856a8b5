"""From an int8 LiteRT file to operations on integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from sesr.errors import UsageError
from sesr.export.c99.fixed_point import ADDITION_BITS, FixedPoint
from sesr.export.c99.integers import Add, Clamp, Convolve, IntegerNetwork, Map, Operation, Shuffle
from sesr.export.operators import list_operators

_SHUFFLE = ["RESHAPE", "TRANSPOSE", "RESHAPE"]
"""How a network for C ends: LiteRT's reference kernels have no DEPTH_TO_SPACE of int8."""

_INT8 = 9
_SAME = 0
_NO_ACTIVATION, _RELU = 0, 1
"""Numbers of LiteRT's schema."""


def read_integers(content: bytes) -> IntegerNetwork:
    """Read a file whose tensors are int8.

    Args:
        content: of a network for one size of image, in the lowering for CPUs.

    Raises:
        ModelError: the content is no LiteRT file.
        UsageError: it is not int8, or an operator is none that can be written in C.
    """
    names = list_operators(content)
    return _Reader(content).read(names)


class _Reader:
    """Walks through the operators; paddings and repeated images go into what follows them."""

    def __init__(self, content: bytes) -> None:
        from ethosu.vela.tflite.Model import Model

        self._model = Model.GetRootAs(content, 0)
        self._graph = self._model.Subgraphs(0)
        self._maps: list[Map] = []
        self._index: dict[int, int] = {}  # of a tensor's map
        self._padded: dict[int, Any] = {}  # rows and columns around a tensor

    def read(self, names: list[str]) -> IntegerNetwork:
        kinds = {
            "CONV_2D": self._convolve,
            "ADD": self._add,
            "PAD": self._pad,
            "CONCATENATION": self._repeat,
        }
        known = ", ".join([*kinds, *dict.fromkeys(_SHUFFLE)])
        if names[-len(_SHUFFLE) :] == _SHUFFLE:
            names = [*names[: -len(_SHUFFLE)], "shuffle"]
            kinds["shuffle"] = self._shuffle
        self._new_map(self._graph.Inputs(0))
        operations: list[Operation] = []
        for number, name in enumerate(names):
            if name not in kinds:
                raise UsageError(
                    f"operator {name} of the network cannot be written in C, which knows {known}; "
                    "export a network of the SESR family with ReLUs"
                )
            operator = self._graph.Operators(number)
            inputs, output = operator.InputsAsNumpy().tolist(), operator.Outputs(0)
            operations += kinds[name](operator, inputs, output)
        network = IntegerNetwork(tuple(self._maps), tuple(operations))
        network.scale  # noqa: B018 - the network ends as it must
        return network

    def _convolve(self, operator: Any, inputs: list[int], output: int) -> list[Operation]:
        from ethosu.vela.tflite.Conv2DOptions import Conv2DOptions

        options = _options(operator, Conv2DOptions)
        steps = [options.StrideH(), options.StrideW()]
        steps += [options.DilationHFactor(), options.DilationWFactor()]
        if steps != [1, 1, 1, 1]:
            raise UsageError(f"convolutions in C have stride 1, none is dilated; received {steps}")
        kernel = self._constant(inputs[1], np.int8).transpose(1, 2, 3, 0)
        bias = self._constant(inputs[2], np.int32).astype(np.int64)
        source, target = self._map(inputs[0]), self._new_map(output)
        weights = self._graph.Tensors(inputs[1]).Quantization().ScaleAsNumpy()
        real = np.float64(source.scale) * weights.astype(np.float64) / target.scale
        sides = self._padded.get(inputs[0], ((0, 0), (0, 0)))
        if options.Padding() == _SAME:
            rows, columns = kernel.shape[0] - 1, kernel.shape[1] - 1
            sides = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))
        bias -= source.zero * kernel.astype(np.int64).sum((0, 1, 2))
        factors = np.broadcast_to(real, bias.shape).tolist()
        return [
            Convolve(
                self._index[inputs[0]],
                self._index[output],
                kernel,
                bias,
                tuple(FixedPoint.of(factor) for factor in factors),
                sides,
                _clamp(options, target),
            )
        ]

    def _add(self, operator: Any, inputs: list[int], output: int) -> list[Operation]:
        from ethosu.vela.tflite.AddOptions import AddOptions

        one, other = sorted(inputs, key=lambda tensor: -self._map(tensor).channels)
        target = self._new_map(output)
        sides = self._map(one), self._map(other)
        # In float32, as LiteRT does up to here.
        largest = float(2 * np.float32(max(side.scale for side in sides)))
        return [
            Add(
                self._index[one],
                self._index[other],
                self._index[output],
                FixedPoint.of(sides[0].scale / largest),
                FixedPoint.of(sides[1].scale / largest),
                FixedPoint.of(largest / (2**ADDITION_BITS * target.scale)),
                _clamp(_options(operator, AddOptions), target),
            )
        ]

    def _shuffle(self, operator: Any, inputs: list[int], output: int) -> list[Operation]:
        source, blocks = self._map(inputs[0]), self._graph.Tensors(output).ShapeAsNumpy().tolist()
        scale = blocks[2]
        *_, transpose, _ = (self._graph.Operators(n) for n in range(self._graph.OperatorsLength()))
        order = self._constant(transpose.Inputs(1), np.int32).tolist()
        whole = [source.height, source.width, scale, source.channels // scale]
        if (blocks, order) != (whole, [0, 2, 1, 3]):
            raise UsageError("the operators RESHAPE and TRANSPOSE of the network are no shuffle")
        return [Shuffle(self._index[inputs[0]], scale)]

    def _pad(self, operator: Any, inputs: list[int], output: int) -> list[Operation]:
        sides = self._constant(inputs[1], np.int32).tolist()
        self._index[output] = self._index[inputs[0]]
        self._padded[output] = tuple(tuple(pair) for pair in sides[1:3])
        return []

    def _repeat(self, operator: Any, inputs: list[int], output: int) -> list[Operation]:
        if len(set(inputs)) > 1:
            raise UsageError(
                "operator CONCATENATION of different maps cannot be written in C; export the "
                "network with the image added"
            )
        self._index[output] = self._index[inputs[0]]
        return []

    def _map(self, tensor: int) -> Map:
        return self._maps[self._index[tensor]]

    def _new_map(self, index: int) -> Map:
        tensor = self._graph.Tensors(index)
        if tensor.Type() != _INT8:
            raise UsageError(f"C is written for int8; {tensor.Name().decode()} is not int8")
        _, height, width, channels = tensor.ShapeAsNumpy().tolist()
        numbers = tensor.Quantization()
        scale, zero = float(numbers.Scale(0)), int(numbers.ZeroPoint(0))
        self._index[index] = len(self._maps)
        self._maps.append(Map(height, width, channels, scale, zero))
        return self._maps[-1]

    def _constant(self, index: int, kind: type[np.generic]) -> Any:
        tensor = self._graph.Tensors(index)
        data = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        return np.frombuffer(data.tobytes(), kind).reshape(tensor.ShapeAsNumpy())


def _options(operator: Any, kind: type) -> Any:
    options, table = kind(), operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return options


def _clamp(options: Any, target: Map) -> Clamp:
    activation = options.FusedActivationFunction()
    if activation not in (_NO_ACTIVATION, _RELU):
        raise UsageError(f"activation {activation} of LiteRT cannot be written in C; use ReLUs")
    return Clamp(max(-128, target.zero) if activation == _RELU else -128, 127)

"""Which operators a LiteRT file holds, read from the file itself."""

from __future__ import annotations

from typing import Any

from sesr.errors import ModelError

NPU_OPERATOR = "ethos-u"
"""Name of the one custom operator that stands for everything Vela compiled."""


def list_operators(content: bytes) -> list[str]:
    """Names of the operators of a LiteRT file in order, custom ones by their own name.

    Raises:
        ModelError: the content is no LiteRT file.
    """
    # Vela's reader of the format needs no TensorFlow.
    from ethosu.vela.tflite.BuiltinOperator import BuiltinOperator
    from ethosu.vela.tflite.Model import Model

    if content[4:8] != b"TFL3":
        raise ModelError("not a LiteRT file: its identifier TFL3 is missing")
    model = Model.GetRootAs(content, 0)
    names = {value: name for name, value in vars(BuiltinOperator).items() if isinstance(value, int)}
    codes = [_name(model.OperatorCodes(i), names) for i in range(model.OperatorCodesLength())]
    graph = model.Subgraphs(0)
    return [codes[graph.Operators(i).OpcodeIndex()] for i in range(graph.OperatorsLength())]


def _name(code: Any, names: dict[int, str]) -> str:
    # Old files keep the number in a field of one byte.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = names[number]
    return code.CustomCode().decode() if name == "CUSTOM" else name

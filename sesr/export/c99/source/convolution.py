"""The C of convolutions: direct, or Winograd's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sesr.export.c99.integers import Convolve, IntegerNetwork
from sesr.export.c99.source.text import array_text, fill, repeat_line
from sesr.export.c99.winograd import (
    COMPLEX_POINTS,
    Matrix,
    Winograd,
    filter_shift,
    transform_filters,
)

_GROUP = 4
"""Output channels whose sums are kept in registers at a time, at most."""

_UNROLLED = 8
"""Inputs of a sum that are written out one behind the other, at most."""


def convolution_source(network: IntegerNetwork, number: int, operation: Convolve) -> str:
    """The function of one convolution, with its constants.

    Args:
        network: that it belongs to.
        number: of its step.
        operation: the convolution.
    """
    return (_winograd if operation.points else _direct)(network, number, operation)


def winograd_functions(network: IntegerNetwork) -> Iterator[str]:
    """The functions that the convolutions of a network share."""
    used = [c for c in network.operations if isinstance(c, Convolve) and c.points]
    if not used:
        return
    points = used[0].points
    kind = "complex" if points == COMPLEX_POINTS else "rational"
    axis = Winograd(points, 1)
    transform = _transform_lines(axis)
    yield fill(f"winograd_{kind}.c", transform=transform, products=axis.products)
    axes = [_axes(convolution) for convolution in used]
    for outputs in sorted({axis.outputs for pair in axes for axis in pair}):
        recover = _recover_lines(Winograd(points, axis.size - outputs + 1))
        yield fill("recover_line.c", outputs=outputs, recover=recover)
    shapes = {
        (*(axis.outputs for axis in pair), _group(c.kernel.shape[3]))
        for pair, c in zip(axes, used, strict=True)
    }
    for rows, columns, group in sorted(shapes):
        yield fill(f"recover_{kind}.c", rows=rows, columns=columns, group=group)


def _axes(operation: Convolve) -> tuple[Winograd, Winograd]:
    rows, columns = operation.kernel.shape[:2]
    return Winograd(operation.points, rows), Winograd(operation.points, columns)


def _transform_lines(axis: Winograd) -> str:
    """B as C: real points, infinity, and the parts of the result at i."""
    matrix = axis.inputs_matrix()
    parts = [matrix[index].real for index in axis.reals]
    parts += [matrix[3].real, matrix[3].imag] if axis.is_complex else []
    return "\n".join(f"    to[{index}] = {_sum(row, 'd', '')};" for index, row in enumerate(parts))


def _recover_lines(axis: Winograd) -> str:
    """A as C: of the results at i and -i there are e and f, their sum and difference over i."""
    matrix = axis.outputs_matrix()
    columns = [matrix[:, index].real for index in axis.reals]
    columns += [matrix[:, 3].real, -matrix[:, 3].imag] if axis.is_complex else []
    rows = np.stack(columns, axis=-1)
    return "\n".join(
        f"    to[{index} * step] = {_sum(row, 's', 'U')};" for index, row in enumerate(rows)
    )


def _sum(row: Matrix, name: str, suffix: str) -> str:
    """A sum of multiples of elements, one that is added first."""
    terms = [(round(float(weight.real)), index) for index, weight in enumerate(row) if weight]
    text = ""
    for weight, index in sorted(terms, key=lambda term: term[0] < 0):
        sign = "-" if weight < 0 else "+" if text else ""
        times = f"{abs(weight)}{suffix} * " if abs(weight) > 1 else ""
        text += f" {sign} {times}{name}[{index}]" if text else f"{sign}{times}{name}[{index}]"
    return text


def _group(outputs: int) -> int:
    return _divisor(outputs, _GROUP)


def _divisor(number: int, most: int) -> int:
    return max(size for size in range(1, most + 1) if number % size == 0)


def _products(count: int, group: int, values: str, factor: str, addend: str = "product") -> str:
    """Products of one input after the other with the weights of a group of outputs, as C."""
    lines = []
    for index in range(_divisor(count, _UNROLLED)):
        lines.append(f"value = {values}[{index}];")
        weights = range(index * group, (index + 1) * group)
        for number, weight in enumerate(weights):
            lines += [f"product = value * {factor}[{weight}];", f"sum_{number} += {addend};"]
    return "\n".join(" " * 20 + line for line in lines)


def _direct(network: IntegerNetwork, number: int, operation: Convolve) -> str:
    rows, columns, inputs, outputs = operation.kernel.shape
    group = _group(outputs)
    # All weights of a group of outputs lie in the order in which they are read.
    grouped = operation.kernel.reshape(rows, columns, inputs, outputs // group, group)
    (above, _), (left, _) = operation.padding
    return fill(
        "convolve.c",
        n=number,
        weights=array_text(grouped.transpose(3, 0, 1, 2, 4).ravel().tolist()),
        constants=_constants(number, operation),
        rows=rows,
        columns=columns,
        inputs=inputs,
        outputs=outputs,
        input=operation.input,
        output=operation.output,
        above=above,
        left_bytes=left * inputs,
        taps=columns * inputs,
        group=group,
        starts=repeat_line(12, group, f"int32_t sum_{{0}} = bias_{number}[o + {{0}}];"),
        unrolled=_divisor(columns * inputs, _UNROLLED),
        products=_products(columns * inputs, group, "from", "w"),
        results=repeat_line(
            12, group, f"to[{{0}}] = {_result(network, number, operation, 'sum_{0}', '{0}')};"
        ),
    )


def _winograd(network: IntegerNetwork, number: int, operation: Convolve) -> str:
    rows, columns, inputs, outputs = operation.kernel.shape
    group, (vertical, horizontal) = _group(outputs), _axes(operation)
    lost = filter_shift(operation.kernel, operation.points, operation.bits)
    filters = transform_filters(operation.kernel, operation.points, lost)
    # All filters of a group of outputs lie in the order in which they are read.
    grouped = filters.reshape(*filters.shape[:2], outputs // group, group).transpose(2, 0, 1, 3)
    (above, _), (left, _) = operation.padding
    return fill(
        "winograd.c",
        n=number,
        weights=array_text(grouped.ravel().tolist()),
        constants=_constants(number, operation),
        rows=rows,
        columns=columns,
        inputs=inputs,
        outputs=outputs,
        tile_rows=vertical.outputs,
        tile_columns=horizontal.outputs,
        size=vertical.size,
        products=vertical.products,
        macs=rows * columns * vertical.outputs * horizontal.outputs,
        input=operation.input,
        above=above,
        output=operation.output,
        left_bytes=left * inputs,
        group=group,
        starts=repeat_line(16, group, "uint32_t sum_{0} = 0U;"),
        unrolled=_divisor(inputs, _UNROLLED),
        products_of=_products(inputs, group, "d", "f", "(uint32_t)product"),
        stores=repeat_line(16, group, f"sums[k * {group} + {{0}}] = sum_{{0}};"),
        width=filter_width(operation),
        exact=_recovered(2 * vertical.factor.bit_length() - 2 - lost),
        result=_result(network, number, operation, "sum_0", "j"),
    )


def filter_width(operation: Convolve) -> int:
    """Bits that each transformed filter takes in memory."""
    return 8 if 0 < operation.bits <= 8 else 16


def _recovered(shift: int) -> str:
    """What the outputs of a tile are, too large by some bits, as C; too small by -shift."""
    if shift > 0:
        return f"found >> {shift}"
    return f"found * {2**-shift}" if shift else "found"


def _constants(number: int, operation: Convolve) -> str:
    """Bias and factor of every output channel; shifts to the left where there are any."""
    factors = operation.factors
    columns = {
        "int32_t bias": operation.bias.tolist(),
        "int32_t multiplier": [factor.multiplier for factor in factors],
        "int32_t right": [max(0, -factor.shift) for factor in factors],
    }
    if _shifts_left(operation):
        columns["int32_t left"] = [2 ** max(0, factor.shift) for factor in factors]
    return "".join(
        f"static const {name}_{number}[] = {{\n{array_text(values)}\n}};\n\n"
        for name, values in columns.items()
    )


def _shifts_left(operation: Convolve) -> bool:
    return any(factor.shift > 0 for factor in operation.factors)


def _result(
    network: IntegerNetwork, number: int, operation: Convolve, total: str, place: str
) -> str:
    """From the sum of a channel, by its place in its group, to int8, as C."""
    up = f" * left_{number}[o + {place}]" if _shifts_left(operation) else ""
    scaled = f"rescale({total}{up}, multiplier_{number}[o + {place}], right_{number}[o + {place}])"
    zero, clamp = network.maps[operation.output].zero, operation.clamp
    return f"limit({scaled} + ({zero}), {clamp.low}, {clamp.high})"

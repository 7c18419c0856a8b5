"""The C of a network. No time stamps: equal networks give equal files."""

from __future__ import annotations

from sesr.export.c99.arena import Arena, Step
from sesr.export.c99.fixed_point import ADDITION_BITS, FixedPoint
from sesr.export.c99.integers import Add, Convolve, IntegerNetwork, Operation, Shuffle
from sesr.export.c99.source.convolution import convolution_source, winograd_functions
from sesr.export.c99.source.text import fill, without_no_effect
from sesr.export.c99.winograd import Winograd


def steps_of(network: IntegerNetwork) -> list[Step]:
    """How the operations of a network walk over a tile."""
    width = network.maps[0].width
    return [Step(), *(_step(operation, width) for operation in network.operations)]


def network_source(network: IntegerNetwork, arena: Arena, name: str) -> str:
    """The definition of `sesr_upscale_tile`.

    Args:
        network: to compute.
        arena: what `plan_arena` made for it.
        name: of the network, for people.
    """
    image = network.maps[0]
    operations = [
        _operation(network, number + 1, one) for number, one in enumerate(network.operations)
    ]
    code = fill(
        "network.c",
        name=name,
        height=image.height,
        width=image.width,
        scale=network.scale,
        maps=",\n".join(_map(network, arena, index) for index in range(len(network.maps))),
        image_bytes=image.width * image.channels,
        operations="\n".join([*winograd_functions(network), *operations]),
        schedule=_schedule(network, arena),
    )
    return without_no_effect(code)


def network_header(network: IntegerNetwork, arena: Arena, name: str, halo: int) -> str:
    """The declaration of `sesr_upscale_tile`, and the sizes of what it takes."""
    image = network.maps[0]
    size = image.height * image.width * image.channels
    return fill(
        "network.h",
        name=name,
        height=image.height,
        width=image.width,
        channels=image.channels,
        scale=network.scale,
        halo=halo,
        input_bytes=size,
        output_bytes=size * network.scale**2,
        arena_bytes=arena.size,
    )


def _step(operation: Operation, width: int) -> Step:
    if not isinstance(operation, Convolve):
        return Step(operation.inputs)
    (above, below), (left, right) = operation.padding
    if operation.points:
        rows, columns = (Winograd(operation.points, taps) for taps in operation.kernel.shape[:2])
        # The last tile of a row may reach beyond it.
        right += -width % columns.outputs
        return Step(operation.inputs, rows.outputs, above, below, left, right)
    return Step(operation.inputs, 1, above, below, left, right)


def _map(network: IntegerNetwork, arena: Arena, index: int) -> str:
    one, ring = network.maps[index], arena.rings[index]
    blank = arena.blanks[one.zero]
    numbers = ring.offset, ring.rows, ring.stride, ring.margin, one.width * one.channels, blank
    return "    {" + ", ".join(str(number) for number in (*numbers, one.zero)) + "}"


def _operation(network: IntegerNetwork, number: int, operation: Operation) -> str:
    if isinstance(operation, Convolve):
        return convolution_source(network, number, operation)
    if isinstance(operation, Add):
        return _addition(network, number, operation)
    return _shuffling(network, number, operation)


def _addition(network: IntegerNetwork, number: int, operation: Add) -> str:
    one, other, result = (
        network.maps[index] for index in (operation.one, operation.other, operation.output)
    )
    repeated = f"c % {other.channels}" if other.channels > 1 else "0"
    return fill(
        "add.c",
        n=number,
        one=operation.one,
        other=operation.other,
        output=operation.output,
        channels=one.channels,
        other_channels=other.channels,
        other_c="c" if one.channels == other.channels else repeated,
        one_zero=_bracketed(one.zero),
        other_zero=_bracketed(other.zero),
        zero=_bracketed(result.zero),
        addition=2**ADDITION_BITS,
        one_value=_rescaled("a", operation.one_factor),
        other_value=_rescaled("b", operation.other_factor),
        sum_value=_rescaled("sum", operation.factor),
        low=operation.clamp.low,
        high=operation.clamp.high,
    )


def _shuffling(network: IntegerNetwork, number: int, operation: Shuffle) -> str:
    image = network.maps[0]
    pixel = operation.scale * image.channels
    return fill(
        "shuffle.c",
        n=number,
        input=operation.input,
        scale=operation.scale,
        pixel_bytes=pixel,
        output_bytes=image.width * pixel,
    )


def _schedule(network: IntegerNetwork, arena: Arena) -> str:
    """The function that runs every operation when the rows that it reads are there."""
    steps = steps_of(network)
    lines = ["void sesr_upscale_tile(const int8_t *in, int8_t *out, void *arena)", "{"]
    lines += ["    int8_t *const memory = (int8_t *)arena;"]
    lines += [f"    int32_t done[{len(steps)}] = {{0}}; /* rows of every operation */"]
    lines += [
        f"    fill(memory + {offset}, {arena.blank_bytes}, {zero});"
        for zero, offset in arena.blanks.items()
    ]
    last = len(steps) - 1
    if arena.line_buffered:
        lines += [f"    while (done[{last}] < HEIGHT) {{"]
    for index, step in enumerate(steps):
        call = {0: "in, memory", last: "memory, out"}.get(index, "memory")
        run = f"operation_{index}({call}, done[{index}]);"
        if arena.line_buffered:
            condition = " && ".join([f"(done[{index}] < HEIGHT)", *_waits(step, index)])
            body = [f"if ({condition}) {{", f"    {run}", f"    done[{index}] += {step.rows};", "}"]
            lines += [f"        {line}" for line in body]
        else:
            lines += [f"    while (done[{index}] < HEIGHT) {{", f"        {run}"]
            lines += [f"        done[{index}] += {step.rows};", "    }"]
    lines += ["    }"] if arena.line_buffered else []
    return "\n".join([*lines, "}", ""])


def _waits(step: Step, index: int) -> list[str]:
    """Conditions, as C, that all rows that a step reads next are there."""
    ahead = step.rows + step.below
    return [
        f"((done[{source}] >= HEIGHT) || (done[{source}] >= (done[{index}] + {ahead})))"
        for source in step.inputs
    ]


def _rescaled(value: str, factor: FixedPoint) -> str:
    up = f" * {2**factor.shift}" if factor.shift > 0 else ""
    return f"rescale({value}{up}, {factor.multiplier}, {max(0, -factor.shift)})"


def _bracketed(number: int) -> str:
    return f"({number})" if number < 0 else str(number)

"""Opening LiteRT files: the one place that knows LiteRT's interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sesr.errors import ModelError, first_line


def open_interpreter(
    file: Path | bytes, threads: int | None = None, *, reference: bool = False
) -> Any:
    """Make an interpreter ready to run a file.

    Args:
        file: a path, or the content of a file.
        threads: CPU threads; LiteRT's own choice by default.
        reference: use LiteRT's reference kernels, whose rounding Ethos-U follows to the bit; the
            fast ones differ from them by one step here and there.

    Returns:
        An `ai_edge_litert.interpreter.Interpreter` with its memory allocated, which proves that
        LiteRT has every operator of the file.

    Raises:
        ModelError: the file is missing or is no LiteRT file.

    Example:
        >>> from sesr.catalog.shipped import find_model
        >>> interpreter = open_interpreter(find_model("M5", 2).litert)
        >>> interpreter.get_input_details()[0]["shape_signature"].tolist()
        [-1, -1, -1, 1]
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    name = "" if isinstance(file, bytes) else f"{file}: "
    kernels = OpResolverType.BUILTIN_REF if reference else OpResolverType.AUTO
    try:
        interpreter = Interpreter(
            model_content=file if isinstance(file, bytes) else file.read_bytes(),
            num_threads=threads,
            experimental_op_resolver_type=kernels,
        )
        interpreter.allocate_tensors()
    except FileNotFoundError as error:
        raise ModelError(f"{name}no such model file") from error
    except (ValueError, RuntimeError, OSError) as error:
        raise ModelError(f"{name}not a readable LiteRT file ({first_line(error)})") from error
    return interpreter

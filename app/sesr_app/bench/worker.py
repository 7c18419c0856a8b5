"""One job of `sesr bench` in a process of its own: JSON on the standard input, JSON back.

A process of its own gives every contender a memory of its own, and lets a crash of a native
library end nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sesr.errors import ImageError, SesrError, UsageError
from sesr_app.bench.contender import Contender


def answer_request() -> None:
    """Read a job, do it, write the answer."""
    request = json.load(sys.stdin)
    # What native libraries print must not end up in the answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answers.write(json.dumps(_answer(request)))
    answers.close()
    # Without the destructors of native libraries, some of which hang or crash.
    sys.stderr.flush()
    os._exit(0)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"status": "ok", "result": _JOBS[request.pop("job")](**request)}
    except ImageError as error:
        return {"status": "image", "note": str(error)}
    except UsageError as error:
        return {"status": "missing", "note": str(error)}
    except SesrError as error:
        return {"status": "failed", "note": str(error)}
    except Exception as error:
        # Peers fail in ways of their own, and each is a row.
        return {
            "status": "failed",
            "note": f"{type(error).__name__}: {' '.join(str(error).split())}",
        }


def _measure(kind: str, options: dict[str, Any], **settings: Any) -> dict[str, Any]:
    from sesr_app.bench.measure import measure_contender

    return asdict(measure_contender(_make(kind, options), **settings))


def _make(kind: str, options: dict[str, Any]) -> Contender:
    if kind == "ours":
        from sesr_app.bench.contenders.sesr import Ours

        return Ours(**options)
    if kind == "onnx":
        from sesr_app.bench.contenders.onnx_runtime import OnnxRuntime

        return OnnxRuntime(**options)
    if kind == "peer":
        from sesr_app.bench.contenders.dnn_superres import DnnSuperRes

        return DnnSuperRes(**options)
    from sesr_app.bench.contenders.bicubic import Bicubic

    return Bicubic(**options)


def _matrix(runs: int) -> dict[str, Any]:
    from sesr_app.bench.measure import matrix_gflops

    return {"gflops": matrix_gflops(runs)}


def _write_onnx(**arguments: Any) -> dict[str, Any]:
    from sesr_app.bench.contenders.onnx_runtime import write_onnx

    write_onnx(**arguments)
    return {}


_JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "measure": _measure,
    "matrix": _matrix,
    "onnx": _write_onnx,
}

if __name__ == "__main__":
    answer_request()

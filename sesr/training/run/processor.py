"""What this machine computes quickly."""

from __future__ import annotations

from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")

_BFLOAT16 = frozenset({"amx_bf16", "avx512_bf16", "bf16"})
"""Linux's names of the instructions, on x86-64 and on Arm."""


def lacks_bfloat16(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether a training in bfloat16 is known to be slow: no GPU, a processor that emulates it.

    There M5 takes 16 times as long as in float32.

    Args:
        cpuinfo: where Linux tells of the processor; elsewhere nothing is known.
    """
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return False
    told = (line.partition(":") for line in lines)
    known = [words.split() for name, _, words in told if name.strip() in ("flags", "Features")]
    return bool(known) and _BFLOAT16.isdisjoint(known[0]) and not _has_gpu()


def _has_gpu() -> bool:
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return str(jax.default_backend()) != "cpu"
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))

"""C sources of a deployed network. No time stamps: equal networks give equal files."""

from __future__ import annotations

import re

from sesr.errors import ExportError

SYMBOLS = {"compiled": "sesr_network_vela", "litert": "sesr_network_int8"}
"""Names of the C arrays: what the NPU runs, and the same network for a CPU."""

BYTES_A_LINE = 16
LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */"
ARRAY = re.compile(r"\[\] = \{(.*?)\};", re.DOTALL)


def array_source(symbol: str, content: bytes, header: str) -> str:
    """A file as a constant array, aligned to 16 bytes as the NPU needs it.

    Args:
        symbol: of the array; its length is `<symbol>_size`.
        content: of the file.
        header: that declares both.
    """
    lines = [
        "    " + ", ".join(f"0x{byte:02x}" for byte in content[start : start + BYTES_A_LINE])
        for start in range(0, len(content), BYTES_A_LINE)
    ]
    body = ",\n".join(lines)
    return (
        f'{LICENCE}\n#include "{header}"\n\n'
        f"SESR_ALIGN const unsigned char {symbol}[] = {{\n{body},\n}};\n\n"
        f"const unsigned int {symbol}_size = {len(content)};\n"
    )


def array_content(source: str) -> bytes:
    """The bytes of an array that `array_source` wrote.

    Raises:
        ExportError: the source holds no such array.

    Example:
        >>> array_content(array_source("model", b"abc", "model.h"))
        b'abc'
    """
    found = ARRAY.search(source)
    if found is None:
        raise ExportError("the C source holds no array")
    return bytes(int(number, 16) for number in re.findall(r"0x[0-9a-f]{2}", found[1]))


def header_source(
    macros: dict[str, int | float | str], symbols: list[str], guard: str = "SESR_NETWORK_H"
) -> str:
    """The header of a deployed network.

    Args:
        macros: names without the prefix SESR_, and their values.
        symbols: arrays to declare.
        guard: against being included twice.
    """
    defines = "\n".join(f"#define SESR_{name} {_literal(value)}" for name, value in macros.items())
    arrays = "\n".join(
        f"extern const unsigned char {symbol}[];\nextern const unsigned int {symbol}_size;"
        for symbol in symbols
    )
    return f"""{LICENCE}
#ifndef {guard}
#define {guard}

#if defined(__cplusplus)
#define SESR_ALIGN alignas(16)
extern "C" {{
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define SESR_ALIGN _Alignas(16)
#else
#define SESR_ALIGN __attribute__((aligned(16)))
#endif

{defines}

{arrays}

#ifdef __cplusplus
}}
#endif

#endif
"""


def _literal(value: float | str) -> str:
    """A value as C writes it: a float has a point or an exponent.

    Example:
        >>> _literal(1.0), _literal(0.25), _literal(1e-12), _literal(7), _literal("m5")
        ('1.0f', '0.25f', '1e-12f', '7', '"m5"')
    """
    if isinstance(value, str):
        return f'"{value}"'
    if not isinstance(value, float):
        return str(value)
    digits = f"{value:.9g}"
    return f"{digits}f" if "." in digits or "e" in digits else f"{digits}.0f"

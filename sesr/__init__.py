"""Super-efficient super resolution.

`Upscaler` enlarges images with the networks that come with the package. The rest is reached by
module: `sesr.network` builds and collapses networks, `sesr.training` trains them. Importing
this package is cheap; nothing here loads TensorFlow or Keras until a network is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sesr._version import VERSION

if TYPE_CHECKING:
    from sesr.network.collapse import collapse
    from sesr.network.sesr import build_sesr
    from sesr.pixels.jpeg_quality import estimate_jpeg_quality
    from sesr.upscaler import Upscaler

__version__ = VERSION

__all__ = ["Upscaler", "__version__", "build_sesr", "collapse", "estimate_jpeg_quality"]

_HOMES = {
    "Upscaler": "sesr.upscaler",
    "build_sesr": "sesr.network.sesr",
    "collapse": "sesr.network.collapse",
    "estimate_jpeg_quality": "sesr.pixels.jpeg_quality",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)

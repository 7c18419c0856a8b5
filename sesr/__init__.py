"""Super-efficient super resolution.

`Upscaler` enlarges images with the networks that come with the package. The rest is reached by
module: `sesr.network` builds and collapses networks, `sesr.training` trains them. Importing
this package is cheap; nothing here loads TensorFlow or Keras until a network is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesr._version import VERSION
from sesr.lazy import lazy

if TYPE_CHECKING:
    from sesr.network.collapse import collapse
    from sesr.network.sesr import build_sesr
    from sesr.pixels.jpeg_quality import estimate_jpeg_quality
    from sesr.upscaler import Upscaler

__version__ = VERSION

__all__ = ["Upscaler", "__version__", "build_sesr", "collapse", "estimate_jpeg_quality"]

__getattr__ = lazy(
    __name__,
    {
        "Upscaler": "upscaler",
        "build_sesr": "network.sesr",
        "collapse": "network.collapse",
        "estimate_jpeg_quality": "pixels.jpeg_quality",
    },
)

"""FSRCNN as data: the baseline that SESR is compared with."""

from __future__ import annotations

from typing import NamedTuple

from sesr.catalog.sesr import SCALES

FEATURE_KERNEL = 5
MAP_KERNEL = 3
DECONVOLUTION_KERNEL = 9
"""Sides of the kernels of the first, the mapping and the last layer."""


class FsrcnnVariant(NamedTuple):
    """FSRCNN(d, s, m): few wide layers outside, narrow ones inside, a deconvolution at the end.

    Attributes:
        name: for users, for example "FSRCNN".
        features: channels of the outer layers, the paper's d.
        shrunk: channels of the mapping layers, the paper's s.
        maps: number of mapping layers, the paper's m.

    Example:
        >>> FSRCNN.parameters(scale=2)
        12464
        >>> FSRCNN.receptive_radius
        8

    Reference: Dong et al., "Accelerating the super-resolution convolutional neural network",
    ECCV 2016.
    """

    name: str
    features: int
    shrunk: int
    maps: int

    @property
    def full_name(self) -> str:
        """The name; there is no family."""
        return self.name

    @property
    def scales(self) -> tuple[int, ...]:
        """Upscaling factors that it is defined for."""
        return SCALES

    @property
    def stride(self) -> int:
        """Of the first layer: it takes images of any size."""
        return 1

    @property
    def receptive_radius(self) -> int:
        """Low-resolution pixels around a pixel that can change its output, for x2.

        The deconvolution looks two pixels far for x2 and one for x4, where this is one more
        than needed.
        """
        return FEATURE_KERNEL // 2 + self.maps * (MAP_KERNEL // 2) + 2

    def parameters(self, scale: int, channels: int = 1) -> int:
        """Number of kernel weights, biases and slopes left out; the same for every scale."""
        return self._inner(channels) + self._deconvolution(channels)

    def macs(self, height: int, width: int, scale: int, channels: int = 1) -> int:
        """Multiply-accumulates to upscale an image of height x width input pixels.

        Counted as in the literature: the deconvolution as a 9x9 convolution of an image of the
        output's size, most of whose pixels are zeros.
        """
        pixels = height * width
        return pixels * (self._inner(channels) + scale**2 * self._deconvolution(channels))

    def macs_without_zeros(self, height: int, width: int, scale: int, channels: int = 1) -> int:
        """The same without the products with those zeros: what a good implementation does."""
        return height * width * self.parameters(scale, channels)

    def _inner(self, channels: int) -> int:
        """Weights of all layers but the last, which work at low resolution."""
        first = FEATURE_KERNEL**2 * channels * self.features
        mapping = self.maps * MAP_KERNEL**2 * self.shrunk**2
        return first + 2 * self.features * self.shrunk + mapping

    def _deconvolution(self, channels: int) -> int:
        return DECONVOLUTION_KERNEL**2 * self.features * channels


FSRCNN = FsrcnnVariant("FSRCNN", features=56, shrunk=12, maps=4)
"""The network of the paper's comparisons."""

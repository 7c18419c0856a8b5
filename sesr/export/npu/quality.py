"""What a deployed network loses to int8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sesr.errors import ExportError
from sesr.export.luma_psnr import luma_psnr
from sesr.export.npu.tiles import TileShape
from sesr.int8 import Photo, Quantized, low_resolution
from sesr.lowering import PlainNetwork, native_lowering, run
from sesr.pixels.color import FloatImage
from sesr.pixels.imresize import crop_to_multiple
from sesr.pixels.levels import Int8Image, from_int8_image, to_int8_image
from sesr.pixels.tiling import run_tiles
from sesr.reporting.progress import Advance, no_advance


class InTiles(Protocol):
    """A network that was deployed for tiles of one size, to whatever processor."""

    @property
    def network(self) -> PlainNetwork:
        """As it was trained."""

    @property
    def tile(self) -> TileShape:
        """What it is deployed for."""

    @property
    def quantized(self) -> Quantized:
        """The chosen form of the network."""

    @property
    def litert(self) -> bytes:
        """The int8 file."""

    def run_int8(self, tile: TileShape) -> Callable[[Int8Image], Int8Image]:
        """What gives its outputs for tiles of any size."""


@dataclass(frozen=True, slots=True)
class Quality:
    """PSNR on Y in dB, the mean over some photographs.

    Attributes:
        images: how many.
        published: of the float32 network by the protocol of the literature. If int8 was trained
            for, that is the network before this training.
        float32: of the float32 network on the 8-bit images that the NPU gets.
        int8: of the int8 network on these, run tile by tile.
        rounded: of the float32 network on these, its output rounded to 8 bits as that of the int8
            network is.
    """

    images: int
    published: float
    float32: float
    int8: float
    rounded: float

    @property
    def loss(self) -> float:
        """What int8 loses on the same images, in dB."""
        return self.float32 - self.int8


def measure(
    deployed: InTiles,
    photos: Sequence[Photo],
    reference: PlainNetwork | None = None,
    advance: Advance = no_advance,
    spoil: Callable[[FloatImage], FloatImage] | None = None,
) -> Quality:
    """PSNR of a deployed network, tile by tile, beside the float32 network.

    Tiles do not change the result, so that smaller ones serve where the photographs are smaller
    than a tile.

    Args:
        deployed: what `deploy` or `deploy_in_c` returned.
        photos: high-resolution, (H, W, 3) or gray (H, W), uint8.
        reference: float32 network to compare with; by default the deployed one itself.
        advance: told of the progress.
        spoil: makes of a small image what the network is for, such as one with noise.

    Raises:
        UsageError: a photograph keeps nothing beyond the halo once it is made small.
    """
    network = deployed.network
    photos = [crop_to_multiple(photo, network.block) for photo in photos]
    images = [low_resolution(photo, network.scale, network.channels) for photo in photos]
    images = [spoil(image) for image in images] if spoil else images
    tile = _common_tile(deployed.tile, images)
    int8 = deployed.run_int8(tile)

    exact = reference or network
    lowering = native_lowering(exact)

    def in_float(image: FloatImage) -> FloatImage:
        return np.asarray(run(exact, lowering, image[np.newaxis])[0], np.float32)

    def in_int8(image: FloatImage) -> FloatImage:
        plan = tile.plan(*image.shape[:2])
        return from_int8_image(run_tiles(int8, to_int8_image(image), plan, network.scale))

    rows = []
    for done, (photo, image) in enumerate(zip(photos, images, strict=True)):
        rounded = from_int8_image(to_int8_image(image))
        large = in_float(rounded)
        in_8_bits = from_int8_image(to_int8_image(large))
        outputs = in_float(image), large, in_int8(image), in_8_bits
        rows.append([luma_psnr(output, photo, network.scale) for output in outputs])
        advance("measuring", done + 1, len(photos))
    return Quality(len(rows), *(float(value) for value in np.mean(rows, axis=0)))


def _common_tile(tile: TileShape, images: Sequence[FloatImage]) -> TileShape:
    """The tile, cut to the smallest image."""
    height = min(image.shape[0] for image in images)
    width = min(image.shape[1] for image in images)
    return TileShape(min(tile.height, height), min(tile.width, width), tile.halo)


def require_quality(quality: Quality, max_loss: float) -> Quality:
    """Return the quality if int8 loses no more than `max_loss` dB.

    Raises:
        ExportError: it loses more.
    """
    if quality.loss > max_loss:
        raise ExportError(
            f"int8 loses {quality.loss:.3f} dB ({quality.float32:.2f} to {quality.int8:.2f}); at "
            f"most {max_loss} are allowed: calibrate on other photographs with --calibration, or "
            "raise --max-loss"
        )
    return quality

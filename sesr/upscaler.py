"""Upscaling of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from sesr.color import FloatImage
from sesr.engine.litert import LiteRTNetwork
from sesr.errors import ImageError, UsageError
from sesr.luma import join_luma, split_luma
from sesr.shipped import find_model
from sesr.tiling import TilePlan, Window, check_tile

if TYPE_CHECKING:
    from PIL import Image

AnyImage = TypeVar("AnyImage", "Image.Image", npt.NDArray[Any])

TILE = 256
"""Side of a tile in pixels: large enough that its halo costs little, small enough that
preparing the runtime for it does."""


class Upscaler:
    """Upscale images two or four times.

    The luma goes through the network, in tiles that join exactly; the colours are enlarged by
    bicubic interpolation. Safe to call from several threads.

    Args:
        model: "M5", or a path of a model that `sesr train` wrote.
        scale: 2 or 4.
        tile: largest side of a tile in pixels of the input. Does not change the result.
        threads: CPU threads; all cores by default.

    Raises:
        UsageError: unknown model or scale, or a tile too small for the network's halo.

    Example:
        >>> upscale = Upscaler(model="M5", scale=2)
        >>> upscale(np.zeros((30, 40, 3), np.uint8)).shape
        (60, 80, 3)
    """

    def __init__(
        self, model: str = "M5", scale: int = 2, *, tile: int = TILE, threads: int | None = None
    ) -> None:
        found = find_model(model, scale)
        if found.card.channels != 1:
            raise UsageError(f"{model}: upscaling takes models of the Y channel; this one is RGB")
        self.scale = scale
        self.card = found.card
        self._halo = found.card.spec.receptive_radius
        check_tile(tile, self._halo)
        self._tile = tile
        self._network = LiteRTNetwork(found.litert, threads)

    def __call__(
        self, image: AnyImage, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> AnyImage:
        """Upscale one image.

        Args:
            image: a Pillow image of mode L or RGB, or an array (H, W), (H, W, 1) or
                (H, W, 3), uint8, or float32 in [0, 1].
            progress: called after every tile with tiles done and tiles in all.

        Returns:
            The same kind of image, with scale times as many rows and columns.

        Raises:
            ImageError: the image is of another kind, or empty.
        """
        if isinstance(image, np.ndarray):
            return self._upscale(image, progress)
        if image.mode not in ("L", "RGB"):
            raise ImageError(
                f"upscaling takes images of mode L (gray) or RGB; received mode {image.mode}: "
                "convert it first"
            )
        from PIL import Image

        return Image.fromarray(self._upscale(np.asarray(image), progress))

    def luma(self, luma: FloatImage) -> FloatImage:
        """Enlarge one channel of luma, which is what the network itself does.

        Args:
            luma: (H, W) float32 in [16/255, 235/255].

        Returns:
            (H * scale, W * scale) float32 in [0, 1].
        """
        height, width = luma.shape
        plan = TilePlan.make(height, width, self._tile, self._halo)
        output = np.empty((height * self.scale, width * self.scale), np.float32)
        for row, column in plan:
            rows = luma[row.start : row.stop]
            self._run_tile(rows, row, column, output[row.target(self.scale)])
        return output

    def _upscale(
        self, image: npt.NDArray[Any], progress: Callable[[int, int], None]
    ) -> npt.NDArray[Any]:
        _check_array(image)
        height, width = image.shape[:2]
        scale = self.scale
        plan = TilePlan.make(height, width, self._tile, self._halo)
        output = np.empty((height * scale, width * scale, *image.shape[2:]), image.dtype)
        done = 0
        # A band of tiles at a time: memory for floats is bounded by the image's width.
        for row in plan.rows:
            luma = split_luma(image[row.start : row.stop])
            band = np.empty(((row.keep_stop - row.keep_start) * scale, width * scale), np.float32)
            for column in plan.columns:
                self._run_tile(luma, row, column, band)
                done += 1
                progress(done, len(plan))
            join_luma(band, image, row.keep_start, row.keep_stop, output[row.target(scale)])
        return output

    def _run_tile(self, luma: FloatImage, row: Window, column: Window, band: FloatImage) -> None:
        tile = luma[:, column.start : column.stop, np.newaxis]
        result = self._network(tile)[..., 0]
        band[:, column.target(self.scale)] = result[row.kept(self.scale), column.kept(self.scale)]


def _check_array(image: npt.NDArray[Any]) -> None:
    """Refuse what is not a gray or RGB image of a known type."""
    channels = image.shape[2:] or (1,)
    if image.ndim not in (2, 3) or channels[0] not in (1, 3) or 0 in image.shape:
        raise ImageError(
            "an image must be an array (H, W), (H, W, 1) or (H, W, 3) of at least one pixel; "
            f"received shape {image.shape}"
        )
    if image.dtype not in (np.uint8, np.float32):
        raise ImageError(f"an image must be uint8, or float32 in [0, 1]; received {image.dtype}")

"""Upscaling of images."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from sesr.catalog.choice import DEFAULT_CHOICE
from sesr.catalog.shipped import find_model
from sesr.engine import Engine, choose_int8, open_engine
from sesr.errors import ImageError, UsageError
from sesr.pixels.levels import AnyTile, Tile
from sesr.pixels.luma import join_luma, split_int8_luma, split_luma
from sesr.pixels.planes import JoinPlane, Layers
from sesr.pixels.tiling import TilePlan, Window, check_tile, choose_tile
from sesr.reporting.progress import Progress, no_progress

if TYPE_CHECKING:
    from PIL import Image

AnyImage = TypeVar("AnyImage", "Image.Image", npt.NDArray[Any])
_MODES = ("L", "LA", "RGB", "RGBA", "I;16")
"""Modes of Pillow images that can be upscaled."""


class Upscaler:
    """Upscale images two or four times.

    The luma goes through the network, in tiles that join exactly; the colours are enlarged by
    bicubic interpolation. A network for RGB takes all three channels, and a gray image as three
    equal ones, whose luma is its result. An alpha channel goes through the network too, and
    colours flow under transparent pixels first, so that edges have no halo. Safe to call from
    several threads.

    Args:
        model: "M5", or a path of a model that `sesr train` wrote.
        scale: 2 or 4.
        tile: largest side of a tile in pixels of the input; by default what an image is done
            with soonest. Does not change the result.
        threads: CPU threads; all cores by default.
        engine: "litert", or "openvino" or "keras" where their packages are installed.
        precision: "float32", the reference; "bfloat16"; "int8", which takes a third of the time,
            for the colours of 8-bit images, while 16 bits, floats and alpha stay with float32; or
            "auto": bfloat16 where the engine has it, and int8 where LiteRT loses little by it.
        channels: 1 for a network of Y, 3 for one of RGB; by default whichever there is, Y where
            there are both.
        artefacts: "clean", or "faint", "light" or "heavy" for the network that also removes what
            lossy compression left.

    Raises:
        UsageError: unknown model, scale, engine or artefacts, a precision that engine or model
            lack, or a tile too small for the network's halo.
        MissingExtraError: the engine's packages are not installed.

    Example:
        >>> upscale = Upscaler(model="M5", scale=2)
        >>> upscale(np.zeros((30, 40, 3), np.uint8)).shape
        (60, 80, 3)
    """

    def __init__(
        self,
        model: str = DEFAULT_CHOICE.model,
        scale: int = 2,
        *,
        tile: int | None = None,
        threads: int | None = None,
        engine: str = "litert",
        precision: str = DEFAULT_CHOICE.precision,
        channels: int | None = None,
        artefacts: str = "clean",
    ) -> None:
        found = find_model(model, scale, channels, artefacts)
        self.scale = scale
        self.card = found.card
        self._halo = found.card.spec.receptive_radius
        split, split_int8, self._join = _planes_of(found.card.channels)
        self._reach = 2 * self._halo + 2
        if tile is not None:
            check_tile(tile, self._halo)
        self._tile = tile
        int8 = choose_int8(found, engine, precision)
        self._fast = None
        if int8 is not None:
            self._fast = _Way(open_engine(engine, int8, threads, "int8"), split_int8)
        self._exact = _Way(
            open_engine(engine, found, threads, "auto" if precision == "int8" else precision),
            split,
        )
        self._workers = self._exact.engine.workers
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="sesr-tile")

    def __call__(self, image: AnyImage, progress: Progress = no_progress) -> AnyImage:
        """Upscale one image.

        Args:
            image: a Pillow image of mode L, LA, RGB, RGBA or I;16, or an array (H, W) or
                (H, W, C) of 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGBA) channels, uint8,
                uint16, or float32 in [0, 1]. Alpha is straight, not multiplied in.
            progress: called after every tile with tiles done and tiles in all.

        Returns:
            The same kind of image, with scale times as many rows and columns; a Pillow image
            keeps its `info`: profile, EXIF, resolution.

        Raises:
            ImageError: the image is of another kind, or empty.
        """
        if isinstance(image, np.ndarray):
            return self._upscale(image, progress)
        if image.mode not in _MODES:
            raise ImageError(
                f"upscaling takes images of mode {', '.join(_MODES)}; "
                f"received mode {image.mode}: convert it first"
            )
        from PIL import Image

        result = Image.fromarray(self._upscale(np.asarray(image), progress))
        result.info = dict(image.info)
        return result

    def bands(
        self, image: npt.NDArray[Any], progress: Progress = no_progress
    ) -> Iterator[npt.NDArray[Any]]:
        """Upscale one image a band of rows at a time, for results too large for the memory.

        Args:
            image: an array as for a call.
            progress: as for a call.

        Yields:
            Rows of the result, from the top to the bottom.

        Raises:
            ImageError: the image is of another kind, or empty.

        Example:
            >>> image = np.zeros((600, 40), np.uint8)
            >>> sum(len(band) for band in Upscaler().bands(image))
            1200
        """
        _check_array(image)
        return self._bands(Layers.of(image, self._reach), progress)

    @property
    def int8(self) -> bool:
        """Whether 8-bit images go through the network in int8."""
        return self._fast is not None

    def margin(self, *, alpha: bool) -> int:
        """Rows above and below some rows of an image that can change their result.

        Args:
            alpha: of an image with transparency, under which colours flow.
        """
        bicubic = 2
        return self._halo + bicubic + (self._reach if alpha else 0)

    def luma(self, luma: Tile) -> Tile:
        """Enlarge one channel of luma, which is what the network itself does.

        Args:
            luma: (H, W) float32 in [16/255, 235/255]; or, in int8, int8 of `pixel - 128`.

        Returns:
            (H * scale, W * scale), float32 in [0, 1] or int8 as well.

        Raises:
            UsageError: the network is one for RGB, or luma is int8 and the network is not.
        """
        if self.card.channels != 1:
            raise UsageError("this network takes RGB and no luma of its own; call the upscaler")
        way = self._exact if luma.dtype == np.float32 else self._fast
        if way is None:
            raise UsageError("int8 luma needs a network in int8; use float32 or precision='int8'")
        height, width = luma.shape
        plan = self._plan(height, width)
        output = np.empty((height * self.scale, width * self.scale), luma.dtype)
        for row in plan.rows:
            started = self._start(way, luma[row.start : row.stop], row, plan.columns)
            output[row.target(self.scale)] = started.wait()
        return output

    def _upscale(self, image: npt.NDArray[Any], progress: Progress) -> npt.NDArray[Any]:
        bands = self.bands(image, progress)
        height, width = image.shape[:2]
        size = (height * self.scale, width * self.scale, *image.shape[2:])
        output = np.empty(size, image.dtype)
        top = 0
        for band in bands:
            output[top : top + len(band)] = band
            top += len(band)
        return output

    def _bands(self, layers: Layers, progress: Progress) -> Iterator[npt.NDArray[Any]]:
        height, width = layers.color.shape[:2]
        plan = self._plan(height, width)
        # Enough rows of tiles ahead that no worker ever waits for this thread.
        ahead = -(-2 * self._workers // len(plan.columns))
        ways = self._ways(layers)
        started: deque[tuple[Window, list[_Started]]] = deque()
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            progress(done, len(plan) * len(layers.planes))

        def finish() -> npt.NDArray[Any]:
            row, planes = started.popleft()
            return layers.join(row, [plane.wait(advance) for plane in planes], self._join)

        try:
            for row in plan.rows:
                rows = [plane[row.start : row.stop] for plane in layers.planes]
                inputs = [way.split(pixels) for way, pixels in zip(ways, rows, strict=True)]
                parts = [
                    self._start(way, numbers, row, plan.columns)
                    for way, numbers in zip(ways, inputs, strict=True)
                ]
                started.append((row, parts))
                if len(started) > ahead:
                    yield finish()
            while started:
                yield finish()
        finally:
            for _, planes in started:
                for plane in planes:
                    plane.cancel()

    def _ways(self, layers: Layers) -> list[_Way]:
        """How each plane is enlarged: the colours of 8-bit images in int8 where that is chosen."""
        color = self._fast if self._fast and layers.color.dtype == np.uint8 else self._exact
        return [color, self._exact][: len(layers.planes)]

    def _plan(self, height: int, width: int) -> TilePlan:
        tile = self._tile or choose_tile(height, width, self._halo, self._workers)
        return TilePlan.make(height, width, tile, self._halo)

    def _start(
        self, way: _Way, rows: AnyTile, row: Window, columns: tuple[Window, ...]
    ) -> _Started:
        """Hand a row of tiles to the workers."""
        width = columns[-1].keep_stop * self.scale
        height = (row.keep_stop - row.keep_start) * self.scale
        band = np.empty((height, width, *rows.shape[2:]), rows.dtype)
        tiles = [
            self._pool.submit(self._run_tile, way.engine, rows, row, column, band)
            for column in columns
        ]
        return _Started(band, tiles)

    def _run_tile(self, engine: Engine, rows: Any, row: Window, column: Window, band: Any) -> None:
        tile = rows[:, column.start : column.stop]
        result = engine(tile.reshape(*tile.shape[:2], -1))
        kept = result[row.kept(self.scale), column.kept(self.scale)]
        target = band[:, column.target(self.scale)]
        target[...] = kept.reshape(target.shape)


_Split = Callable[[npt.NDArray[Any]], AnyTile]


def _planes_of(channels: int) -> tuple[_Split, _Split, JoinPlane]:
    """What takes from pixels what a network sees, in float32 and in int8, and puts it back."""
    if channels == 1:
        return split_luma, split_int8_luma, join_luma
    from sesr.pixels.rgb import join_rgb, split_int8_rgb, split_rgb

    return split_rgb, split_int8_rgb, join_rgb


class _Way(NamedTuple):
    """How a plane is enlarged, in one kind of numbers.

    Attributes:
        engine: runs the network.
        split: takes from rows of pixels what the network sees.
    """

    engine: Engine
    split: _Split


class _Started(NamedTuple):
    """A row of tiles on its way.

    Attributes:
        band: where the enlarged luma or RGB arrives.
        tiles: done when all of it is there.
    """

    band: Any
    tiles: list[Future[None]]

    def wait(self, advance: Callable[[], None] = lambda: None) -> Any:
        for tile in self.tiles:
            tile.result()
            advance()
        return self.band

    def cancel(self) -> None:
        for tile in self.tiles:
            tile.cancel()


def _check_array(image: npt.NDArray[Any]) -> None:
    """Refuse what is not an image of a known type."""
    channels = image.shape[2:] or (1,)
    if image.ndim not in (2, 3) or channels[0] not in (1, 2, 3, 4) or 0 in image.shape:
        raise ImageError(
            "an image must be an array (H, W) or (H, W, C) of 1 to 4 channels and at least one "
            f"pixel; received shape {image.shape}"
        )
    if image.dtype not in (np.uint8, np.uint16, np.float32):
        raise ImageError(
            f"an image must be uint8, uint16, or float32 in [0, 1]; received {image.dtype}"
        )

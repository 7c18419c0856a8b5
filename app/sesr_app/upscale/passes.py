"""Passes through the networks of one model, and the step down to any size behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy.typing as npt

from sesr.catalog.shipped import find_int8, find_model, nearest_form, scales_of
from sesr.pixels.bands import RowWindow
from sesr.reporting.progress import Progress, no_progress
from sesr_app.terminal.quiet import quiet_native_logs
from sesr_app.upscale.plan.sizing import Sizing

if TYPE_CHECKING:
    from sesr.upscaler import Upscaler

_ROWS = 512
"""Rows of an image between two passes that go on together."""

_Rows = npt.NDArray[Any]


class Enlarger:
    """The networks of one model by scale, each made when the first image needs it.

    Args:
        model: as for `Upscaler`.
        channels: as for `Upscaler`.
        precision: as for `Upscaler`; networks for artefacts without int8 keep float32.
        int8_needed: whether a scale without a network for int8 is an error, if that is asked for;
            if not, it keeps float32 as well.
        options: more of its keyword arguments.

    Attributes:
        scales: of its networks.
        tile: as for `Upscaler`; may be set until the first network is made.

    Raises:
        UsageError: there is no such model.

    Example:
        >>> import numpy as np
        >>> from sesr_app.upscale.plan.sizing import Sizing
        >>> enlarger = Enlarger("M5")
        >>> image = np.zeros((20, 30, 3), np.uint8)
        >>> sum(len(band) for band in enlarger.bands(image, Sizing(3)))
        60
    """

    def __init__(
        self,
        model: str,
        channels: int | None = None,
        precision: str = "auto",
        *,
        int8_needed: bool = True,
        **options: Any,
    ) -> None:
        self.scales = scales_of(model, channels)
        self.tile: int | None = None
        self._model = model
        self._channels = channels
        self._precision = precision
        self._int8_needed = int8_needed
        self._options = options
        self._made: dict[tuple[int, str], Upscaler] = {}
        self._lock = threading.Lock()

    def get(self, scale: int, artefacts: str = "clean") -> Upscaler:
        """The upscaler of one scale, for images with such artefacts.

        Raises:
            UsageError: there is no such network, or its engine is not there.
        """
        from sesr.upscaler import Upscaler

        with self._lock:
            if (scale, artefacts) not in self._made:
                with quiet_native_logs():
                    self._made[scale, artefacts] = Upscaler(
                        self._model,
                        scale,
                        channels=self._channels,
                        tile=self.tile,
                        artefacts=artefacts,
                        precision=self._precision_for(scale, artefacts),
                        **self._options,
                    )
            return self._made[scale, artefacts]

    def _precision_for(self, scale: int, artefacts: str) -> str:
        """As asked for, or what stands for int8 where there is none and it need not be."""
        if self._precision != "int8" or (self._int8_needed and artefacts == "clean"):
            return self._precision
        found = find_model(self._model, scale, self._channels, artefacts)
        return "int8" if find_int8(found) else "auto"

    def nearest(self, artefacts: str, size: tuple[int, int], sizing: Sizing) -> str:
        """The artefacts that the network of the first pass of an image can be for.

        Args:
            artefacts: that the image has.
            size: of the image, height and width.
            sizing: how large it becomes.

        Returns:
            The same, or the next weaker that this model has a network for.
        """
        if artefacts == "clean" or Path(self._model).suffix:
            return "clean"
        first = find_model(self._model, sizing.passes(*size, self.scales)[0], self._channels)
        return nearest_form(first, artefacts)

    def prepare(self, sizing: Sizing, artefacts: str = "clean") -> None:
        """Make the network that comes first, which tells whether the model is any good."""
        first = sizing.passes(1, 1, self.scales)[0] if sizing.scale else self.scales[0]
        self.get(first, artefacts)

    def bands(
        self,
        image: _Rows,
        sizing: Sizing,
        progress: Progress = no_progress,
        artefacts: str = "clean",
    ) -> Iterator[_Rows]:
        """Enlarge an image, a band of rows at a time, in bounded memory.

        Args:
            image: as for `Upscaler`.
            sizing: how large.
            progress: told of the tiles of the last pass.
            artefacts: that the first pass removes.

        Yields:
            Rows of the result, from the top to the bottom.

        Raises:
            ImageError: the size is beyond the reach of the networks.
        """
        target = sizing.target(*image.shape[:2])
        return self.rows(_Whole(image), sizing, range(target[0]), progress, artefacts)

    def rows(
        self,
        source: RowSource,
        sizing: Sizing,
        rows: range,
        progress: Progress = no_progress,
        artefacts: str = "clean",
    ) -> Iterator[_Rows]:
        """Some rows of the result of an image, to the bit those of the whole.

        Args:
            source: the image, of which only the rows that matter are read.
            sizing: how large.
            rows: of the result; where the size is none that the networks make, from a multiple of
                `RESIZED_ROWS`.
            progress: told of the tiles of the last pass.
            artefacts: that the first pass removes.

        Yields:
            Those rows, from the top to the bottom.

        Raises:
            ImageError: the size is beyond the reach of the networks.
        """
        height, width = source.shape[:2]
        target = sizing.target(height, width)
        scales = sizing.passes(height, width, self.scales)
        kinds = [artefacts] + (len(scales) - 1) * ["clean"]
        networks = [self.get(*kind) for kind in zip(scales, kinds, strict=True)]
        windows = _windows(networks, source, target[0], rows)
        bands = iter([source.read(windows[0])])
        size = (height, width)
        for number, (network, near, kept) in enumerate(
            zip(networks, windows, windows[1:], strict=False), start=1
        ):
            told = progress if number == len(networks) else no_progress
            enlarged = (
                network.bands(next(bands), told)
                if number == 1
                else pass_on(network, bands, len(near), told)
            )
            size = (size[0] * network.scale, size[1] * network.scale)
            above = near.start * network.scale
            bands = _cut(enlarged, kept.start - above, kept.stop - above)
        if target == size:
            return bands
        from sesr.pixels.lanczos import resize_bands

        return resize_bands(bands, size, target, rows)


class RowSource(Protocol):
    """An image of which any rows can be read, or the whole of one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W) or (H, W, C)."""

    def read(self, rows: range) -> _Rows:
        """Some of its rows."""


class _Whole(NamedTuple):
    pixels: _Rows

    @property
    def shape(self) -> tuple[int, ...]:
        return self.pixels.shape

    def read(self, rows: range) -> _Rows:
        return self.pixels[rows.start : rows.stop]


def _windows(networks: list[Upscaler], source: RowSource, target: int, rows: range) -> list[range]:
    """Rows of the image, and of what each pass makes of them, that some rows of the result need.

    Args:
        target: height of the result.
        rows: of the result.
    """
    height = source.shape[0] * prod(network.scale for network in networks)
    if height != target:
        from sesr.pixels.lanczos import rows_for_resized

        rows = rows_for_resized(rows, height, target)
    alpha = source.shape[2:] in ((2,), (4,))
    windows = [rows]
    for network in reversed(networks):
        height //= network.scale
        margin = network.margin(alpha=alpha)
        first = max(windows[0].start // network.scale - margin, 0)
        last = min(-(-windows[0].stop // network.scale) + margin, height)
        windows.insert(0, range(first, last))
    return windows


def pass_on(
    upscaler: Upscaler, bands: Iterator[_Rows], height: int, progress: Progress
) -> Iterator[_Rows]:
    """Enlarge an image that comes in bands; the same, to the bit, as in one piece.

    Args:
        bands: rows of the image, from the top to the bottom.
        height: of the image.
        progress: told of tiles done, and about how many there are.
    """
    count = -(-height // _ROWS)
    for number, strip in enumerate(_strips(bands, height, upscaler)):
        told = _share(progress, number, count)
        yield from _cut(upscaler.bands(strip.pixels, told), strip.start * upscaler.scale,
                        strip.stop * upscaler.scale)  # fmt: skip


class _Strip(NamedTuple):
    """Some rows with their neighbours.

    Attributes:
        pixels: the rows, with others above and below that change what becomes of them.
        start, stop: the rows themselves, in `pixels`.
    """

    pixels: _Rows
    start: int
    stop: int


def _strips(bands: Iterator[_Rows], height: int, upscaler: Upscaler) -> Iterator[_Strip]:
    window = RowWindow(bands)
    margin = upscaler.margin(alpha=window.pixel_shape in ((2,), (4,)))
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        first, last = max(top - margin, 0), min(bottom + margin, height)
        yield _Strip(window.take(first, last), top - first, bottom - first)


def _cut(bands: Iterator[_Rows], start: int, stop: int) -> Iterator[_Rows]:
    """Of an image in bands the rows from start to stop."""
    top = 0
    for band in bands:
        kept = band[max(start - top, 0) : max(stop - top, 0)]
        if len(kept):
            yield kept
        top += len(band)


def _share(progress: Progress, number: int, count: int) -> Callable[[int, int], None]:
    """Progress of one strip of several."""
    return lambda done, total: progress(number * total + done, count * total)

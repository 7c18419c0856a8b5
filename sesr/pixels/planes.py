"""Taking an image apart into what is enlarged on its own, and putting it together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sesr.pixels.levels import AnyTile
from sesr.pixels.tiling import Window

JoinPlane = Callable[[AnyTile, npt.NDArray[Any], int, int, npt.NDArray[Any]], None]
"""`join_luma` or `join_rgb`."""


class Layers(NamedTuple):
    """An image taken apart into what is enlarged on its own.

    Attributes:
        color: (H, W) or (H, W, C), without alpha; an array or `VisibleColors`.
        alpha: (H, W), if it varies.
        constant_alpha: its value, if it does not.
        channels: the shape of a pixel of the image.
    """

    color: Any
    alpha: npt.NDArray[Any] | None
    constant_alpha: Any
    channels: tuple[int, ...]

    @classmethod
    def of(cls, image: npt.NDArray[Any], reach: int) -> Layers:
        """Take an image apart; colours flow under transparent pixels as far as `reach`."""
        channels = image.shape[2:]
        if channels not in ((2,), (4,)):
            return cls(image, None, None, channels)
        from sesr.pixels.alpha import VisibleColors

        alpha = image[..., -1]
        if alpha.min() == alpha.max():
            return cls(VisibleColors(image, 0), None, alpha[0, 0], channels)
        return cls(VisibleColors(image, reach), alpha, None, channels)

    @property
    def planes(self) -> list[npt.NDArray[Any]]:
        """What goes through the network."""
        return [self.color] if self.alpha is None else [self.color, self.alpha]

    def join(self, row: Window, enlarged: list[AnyTile], join_plane: JoinPlane) -> npt.NDArray[Any]:
        """Put the enlarged planes of some rows together again.

        Args:
            row: those rows of the small image.
            enlarged: what the network made of each plane there.
            join_plane: writes it in the type of the image.
        """
        height, width = enlarged[0].shape[:2]
        rows = (row.keep_start, row.keep_stop)
        color = np.empty((height, width, *self.color.shape[2:]), self.color.dtype)
        join_plane(enlarged[0], self.color, *rows, color)
        if color.shape[2:] == self.channels:
            return color
        out = np.empty((height, width, *self.channels), color.dtype)
        out[..., :-1] = color
        if self.alpha is None:
            out[..., -1] = self.constant_alpha
        else:
            from sesr.pixels.alpha import limit_to_neighbours

            alpha = np.empty((height, width), self.alpha.dtype)
            join_plane(enlarged[1], self.alpha, *rows, alpha)
            limit_to_neighbours(alpha, self.alpha, *rows)
            out[..., -1] = alpha
        return out

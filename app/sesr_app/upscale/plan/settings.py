"""What is done with every file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sesr_app.images import MAX_MEGAPIXELS
from sesr_app.upscale.plan.artefacts import AUTO
from sesr_app.upscale.plan.sizing import Sizing

if TYPE_CHECKING:
    from sesr_app.video import VideoOptions


class Settings(NamedTuple):
    """What to do with every file.

    Attributes:
        sizing: how large.
        quality: of a lossy format, 1 to 100; the format's own default if None.
        lossless: asked for; otherwise lossless images stay lossless.
        strip: drop what the files hold beside pixels and colour profile.
        background: RGB under transparent images where the format holds no alpha.
        max_megapixels: largest image to decode.
        artefacts: one of `CHOICES`: those that the network removes, or as each file tells.
        video: how videos are encoded; the defaults if None.
        tiled: enlarge in parts, into tiled BigTIFF files.
        computed_by: the model and whatever else changes what it computes.
    """

    sizing: Sizing
    quality: int | None = None
    lossless: bool = False
    strip: bool = False
    background: tuple[int, int, int] | None = None
    max_megapixels: float = MAX_MEGAPIXELS
    artefacts: str = AUTO
    video: VideoOptions | None = None
    computed_by: str = ""
    tiled: bool = False

    @property
    def told_artefacts(self) -> str:
        """Those asked for; "clean" for what does not tell by itself, as videos don't."""
        return "clean" if self.artefacts == AUTO else self.artefacts

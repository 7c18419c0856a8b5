"""What a command line of `sesr upscale` asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sesr.catalog.card import ARTEFACTS
from sesr.catalog.choice import BEST_CHOICE, DEFAULT_CHOICE, FAST_CHOICE, Choice
from sesr.catalog.shipped import find_model, require_int8, scales_of
from sesr.errors import UsageError
from sesr_app.images import MAX_MEGAPIXELS
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.artefacts import AUTO
from sesr_app.upscale.plan.naming import DEFAULT_NAME, Naming, named_format
from sesr_app.upscale.plan.settings import Settings
from sesr_app.upscale.plan.sizing import Sizing
from sesr_app.video import container_named

if TYPE_CHECKING:
    from sesr_app.video import VideoOptions


@dataclass(frozen=True, eq=False, repr=False)
class UpscaleOptions:
    """The options of the command under their own names; its help explains each.

    Raises:
        UsageError: two of them exclude each other, or one cannot be.
    """

    inputs: tuple[str, ...]
    output: str | None = None
    scale: float | None = None
    width: int | None = None
    height: int | None = None
    max_side: int | None = None
    recursive: bool = False
    watch: bool = False
    again: bool = False
    overwrite: bool = False
    skip_existing: bool = False
    dry_run: bool = False
    format: str | None = None
    quality: int | None = None
    lossless: bool = False
    name: str = DEFAULT_NAME
    strip: bool = False
    background: str | None = None
    model: str | None = None
    rgb: bool = False
    engine: str = "litert"
    precision: str | None = None
    fast: bool = False
    best: bool = False
    threads: int | None = None
    artefacts: str = AUTO
    max_megapixels: float = MAX_MEGAPIXELS
    tiled: bool = False
    codec: str | None = None
    crf: float | None = None
    preset: str | None = None
    deinterlace: str | None = None
    cluster: str | None = None
    worker_cpus: int = 1
    as_json: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be combined."""
        if self.overwrite and self.skip_existing:
            raise UsageError("--overwrite and --skip-existing exclude each other; give one of them")
        if self.watch and self.dry_run:
            raise UsageError("--watch and --dry-run exclude each other; give one of them")
        # Not-a-number is below nothing.
        if not self.max_megapixels > 0:
            raise UsageError(
                f"--max-megapixels must be a number above 0; received {self.max_megapixels:g}"
            )

        given = [f"--{name}" for name in ("model", "precision", "fast", "best")
                 if getattr(self, name)]  # fmt: skip
        if (self.fast or self.best) and len(given) > 1:
            raise UsageError(
                f"--fast and --best choose model and precision themselves; received "
                f"{' and '.join(given)}: leave all but one out"
            )
        if self.precision == "int8" and self.artefacts in ARTEFACTS[1:]:
            model = self.choice.model
            require_int8(find_model(model, scales_of(model)[0], artefacts=self.artefacts))

    @cached_property
    def choice(self) -> Choice:
        """The network, as it was named."""
        if self.fast or self.best:
            return FAST_CHOICE if self.fast else BEST_CHOICE
        if not (self.model or self.precision):
            return DEFAULT_CHOICE
        return Choice(self.model or DEFAULT_CHOICE.model, self.precision or "auto")

    @cached_property
    def enlarger(self) -> Enlarger:
        """What images are enlarged with; made here, so that a wrong model is found out first."""
        return Enlarger(
            self.choice.model,
            3 if self.rgb else None,
            int8_needed=self.choice.needed,
            threads=self.threads,
            engine=self.engine,
            precision=self.choice.precision,
        )

    @cached_property
    def sizing(self) -> Sizing:
        """How large results are: without a word of it as large as the smallest network makes."""
        asked = Sizing(self.scale, self.width, self.height, self.max_side)
        if asked.scale or asked.limited:
            return asked
        return Sizing(self.enlarger.scales[0])

    @cached_property
    def naming(self) -> Naming:
        """How results are called."""
        model = Path(self.choice.model)
        return Naming(
            self.sizing.label,
            model.stem if model.suffix else self.choice.model,
            self.name,
            None if container_named(self.format) else named_format(self.format),
            self.overwrite,
            self.skip_existing or (self.watch and not self.overwrite),
            container_named(self.format),
        )

    @cached_property
    def settings(self) -> Settings:
        """What is done with every image."""
        choice = self.choice
        return Settings(
            self.sizing,
            self.quality,
            self.lossless,
            self.strip,
            _parse_background(self.background),
            self._largest,
            self.artefacts,
            self.video,
            f"{choice.model}{_stamp(choice.model)} {self.engine} {choice.precision}",
            self.tiled,
        )

    @property
    def _largest(self) -> float:
        """Megapixels to let in: any number in parts, whose memory is bounded, if none is given."""
        unlimited = self.tiled and self.max_megapixels == MAX_MEGAPIXELS
        return float("inf") if unlimited else self.max_megapixels

    @cached_property
    def video(self) -> VideoOptions | None:
        """How videos are encoded; None if nothing is said of it.

        Raises:
            UsageError: there is no such thing.
        """
        asked = (self.codec, self.crf, self.preset, self.deinterlace)
        if all(option is None for option in asked):
            return None
        from sesr_app.video import VideoOptions

        return VideoOptions(*asked)

    @property
    def remote(self) -> bool:
        """Whether it is about more than the files of this machine."""
        return bool(self.cluster) or any(
            "://" in place for place in (*self.inputs, self.output or "")
        )

    @property
    def folder(self) -> Path | None:
        """Where results go, if that is a place of its own."""
        return Path(self.output) if self.output not in (None, "-") else None


def _stamp(model: str) -> str:
    """What changes with a file that is named as the model; empty for a shipped model."""
    path = Path(model)
    if not path.is_file():
        return ""
    status = path.stat()
    return f" {status.st_size} {status.st_mtime_ns}"


def _parse_background(text: str | None) -> tuple[int, int, int] | None:
    """A colour by name or as #rrggbb."""
    if text is None:
        return None
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        raise UsageError(
            f"unknown colour {text!r} for --background; use a name such as white, or #rrggbb"
        ) from None
    return red, green, blue

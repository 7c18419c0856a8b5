"""What a command line of `sesr upscale` asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sesr.errors import UsageError
from sesr_app.upscale.enlarge import Settings, parse_background
from sesr_app.upscale.outputs import DEFAULT_NAME, Naming, named_format
from sesr_app.upscale.sizing import Sizing


@dataclass(frozen=True, slots=True)
class UpscaleOptions:
    """The options of the command under their own names; its help explains each.

    Raises:
        UsageError: two of them exclude each other.
    """

    inputs: tuple[str, ...]
    output: str | None = None
    scale: int | None = None
    width: int | None = None
    height: int | None = None
    max_side: int | None = None
    recursive: bool = False
    overwrite: bool = False
    skip_existing: bool = False
    format: str | None = None
    quality: int | None = None
    lossless: bool = False
    name: str = DEFAULT_NAME
    strip: bool = False
    background: str | None = None
    model: str = "M5"
    engine: str = "litert"
    precision: str = "auto"
    threads: int | None = None
    max_megapixels: float = 250.0
    as_json: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be combined."""
        if self.overwrite and self.skip_existing:
            raise UsageError("--overwrite and --skip-existing exclude each other; give one of them")

    @property
    def sizing(self) -> Sizing:
        """How large results are."""
        return Sizing(self.scale, self.width, self.height, self.max_side)

    @property
    def naming(self) -> Naming:
        """How results are called."""
        model = Path(self.model)
        return Naming(
            self.sizing.label,
            model.stem if model.suffix else self.model,
            self.name,
            named_format(self.format),
            self.overwrite,
            self.skip_existing,
        )

    @property
    def settings(self) -> Settings:
        """What is done with every image."""
        return Settings(
            self.sizing,
            self.quality,
            self.lossless,
            self.strip,
            parse_background(self.background),
            self.max_megapixels,
        )

    @property
    def folder(self) -> Path | None:
        """Where results go, if that is a place of its own."""
        return Path(self.output) if self.output not in (None, "-") else None

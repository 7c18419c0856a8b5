"""The codecs that videos are written with, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sesr.errors import UsageError
from sesr_app.video.containers import DEINTERLACERS, Container

_X26X_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
    "veryslow", "placebo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VideoCodec:
    """A codec.

    Attributes:
        encoder: FFmpeg's name of what writes it.
        crf: quality by default, the less the better; None if it has no such setting.
        largest_crf: the worst.
        presets: from the fastest to the smallest file; empty if there are none.
        preset: by default.
        preset_option: what FFmpeg calls the preset.
        parameters: the option for settings of the encoder's own; empty if there is none.
        always: options that it gets in any case.
        silence: parameters that keep it from talking to the person at the terminal.
    """

    encoder: str
    crf: float | None = None
    largest_crf: float = 0
    presets: tuple[str, ...] = ()
    preset: str = ""
    preset_option: str = "preset"
    parameters: str = ""
    always: tuple[tuple[str, str], ...] = ()
    silence: tuple[str, ...] = ()


CODECS = {
    "x264": VideoCodec("libx264", 18, 51, _X26X_PRESETS, "medium", parameters="x264-params"),
    "x265": VideoCodec(
        "libx265", 20, 51, _X26X_PRESETS, "medium", parameters="x265-params",
        silence=("log-level=none",),
    ),
    "av1": VideoCodec(
        "libsvtav1", 26, 63, tuple(map(str, range(13, -1, -1))), "8", parameters="svtav1-params"
    ),
    "vp9": VideoCodec(
        "libvpx-vp9", 26, 63, tuple(map(str, range(8, -1, -1))), "4", preset_option="cpu-used",
        always=(("b", "0"), ("row-mt", "1")),
    ),
    "ffv1": VideoCodec("ffv1", always=(("level", "3"), ("slices", "4"))),
}  # fmt: skip
"""By the names of `--codec`; ffv1 loses nothing."""


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """How videos are written.

    Attributes:
        codec: a key of `CODECS`; None for the first of the container.
        crf: quality, the less the better; the codec's own default if None.
        preset: how much time goes into a small file; the codec's own default if None.
        deinterlace: one of `DEINTERLACERS`; None refuses interlaced videos.

    Raises:
        UsageError: there is no such thing.

    Example:
        >>> VideoOptions("x264", crf=20).encoder_options("x264")["crf"]
        '20'
    """

    codec: str | None = None
    crf: float | None = None
    preset: str | None = None
    deinterlace: str | None = None

    def __post_init__(self) -> None:
        """Refuse what the codec that is named does not have."""
        if self.codec is not None and self.codec not in CODECS:
            raise UsageError(f"unknown codec {self.codec!r}; choose one of {', '.join(CODECS)}")
        if self.deinterlace is not None and self.deinterlace not in DEINTERLACERS:
            raise UsageError(
                f"unknown filter {self.deinterlace!r} for --deinterlace; "
                f"choose one of {', '.join(DEINTERLACERS)}"
            )
        if self.codec is not None:
            self.encoder_options(self.codec)

    @property
    def given(self) -> str:
        """The first of the options that was given; empty if none was."""
        named = {"codec": self.codec, "crf": self.crf, "preset": self.preset,
                 "deinterlace": self.deinterlace}  # fmt: skip
        return next((f"--{name}" for name, value in named.items() if value is not None), "")

    def codec_for(self, container: Container) -> str:
        """The codec of a video in some container.

        Raises:
            UsageError: the container does not hold it, or it lacks what is asked of it.
        """
        codec = self.codec or container.codecs[0]
        if codec not in container.codecs:
            raise UsageError(
                f"{container.name} does not hold {codec}, only {', '.join(container.codecs)}; "
                "choose another --codec or --format mkv"
            )
        self.encoder_options(codec)
        return codec

    def encoder_options(self, name: str, parameters: Sequence[str] = ()) -> dict[str, str]:
        """What FFmpeg is told.

        Args:
            name: of the codec.
            parameters: for the encoder itself, in its own words.

        Raises:
            UsageError: the codec lacks what is asked of it.
        """
        codec = CODECS[name]
        options = dict(codec.always)
        if self.crf is not None and not (codec.crf and 0 <= self.crf <= codec.largest_crf):
            rule = f"is 0 to {codec.largest_crf:g}" if codec.crf else "does not exist: it is exact"
            raise UsageError(f"--crf of {name} {rule}; received {self.crf:g}")
        if self.preset is not None and self.preset not in codec.presets:
            known = f"are {', '.join(codec.presets)}" if codec.presets else "do not exist"
            raise UsageError(f"presets of {name} {known}; received {self.preset!r}")
        if codec.crf:
            options["crf"] = f"{codec.crf if self.crf is None else self.crf:g}"
        if codec.presets:
            options[codec.preset_option] = self.preset or codec.preset
        if told := [*codec.silence, *parameters]:
            options[codec.parameters] = ":".join(told)
        return options

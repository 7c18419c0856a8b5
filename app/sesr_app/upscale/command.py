"""`sesr upscale`."""

from __future__ import annotations

from typing import Any

import click

from sesr.catalog.choice import BEST_CHOICE, DEFAULT_CHOICE, FAST_CHOICE
from sesr_app.upscale.parameters import CodecName, FormatName, ModelName, Scale
from sesr_app.upscale.plan.artefacts import AUTO, CHOICES
from sesr_app.video import DEINTERLACERS

_MAX_MEGAPIXELS = 250.0
"""That of `sesr_app.images`, which would load NumPy for every --help."""


@click.command
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", type=click.Path())
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    help="File to write, a folder (no extension), or - for a pipe. Default: photo_x2.png "
    "beside photo.png, photos_x2/ beside a folder photos/.",
)
@click.option(
    "-s",
    "--scale",
    type=Scale(),
    help="How many times larger, up to 8: 2, 4, 3, 1.5, 150%. [default: 2, or what a size needs]",
)
@click.option("--width", type=int, help="Largest width of the result.")
@click.option("--height", type=int, help="Largest height of the result.")
@click.option("--max-side", type=int, help="Largest side of the result.")
@click.option("-r", "--recursive", is_flag=True, help="Folders of folders too, mirrored.")
@click.option("--watch", is_flag=True, help="Stay, and take the images that arrive in a folder.")
@click.option("--again", is_flag=True, help="Results of earlier runs too, which are left alone.")
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("--skip-existing", is_flag=True, help="Pass over images whose result exists.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@click.option(
    "-f",
    "--format",
    type=FormatName(),
    help="png, jpg, webp, tiff, avif, bmp, gif, heic or jxl; mp4, mkv, mov or webm of videos. "
    "[default: that of the input]",
)
@click.option(
    "--quality",
    type=click.IntRange(min=1, max=100),
    help="Of jpg, webp, avif, heic and jxl. [default: 95; avif and heic 90]",
)
@click.option("--lossless", is_flag=True, help="The lossless mode of webp, avif, heic and jxl.")
@click.option(
    "--name",
    default="{stem}_{target}",
    show_default=True,
    help="Names of results, from {stem}, {target}, {model} and {ext}.",
)
@click.option("--strip", is_flag=True, help="Drop EXIF, XMP, DPI and notes; colours stay right.")
@click.option("--background", help="Colour under transparency where the format has none.")
@click.option(
    "-m",
    "--model",
    type=ModelName(),
    help="A model of `sesr models`, or a path from `sesr train`. "
    f"[default: {DEFAULT_CHOICE.model}]",
)
@click.option("--rgb", is_flag=True, help="The network for RGB, where there is one for Y too.")
@click.option(
    "--artefacts",
    default=AUTO,
    show_default=True,
    type=click.Choice(CHOICES),
    help="What lossy compression left and the network removes; auto goes by the quantisation "
    "tables of each JPEG.",
)
@click.option("--engine", default="litert", show_default=True, help="litert, openvino or keras.")
@click.option(
    "--precision",
    help="auto, float32 (the reference), bfloat16, or int8: a third of the network's time for "
    "8-bit images, where a network was trained for it. 16 bits, alpha, videos of full range or "
    "of more than 8 bits, and artefacts that no int8 network removes keep float32. "
    "auto takes int8 where it loses at most 0.05 dB. "
    f"[default: {DEFAULT_CHOICE.precision}]",
)
@click.option("--fast", is_flag=True, help=f"For speed: {FAST_CHOICE.title} where there is one.")
@click.option("--best", is_flag=True, help=f"For quality: {BEST_CHOICE.title}.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads. [default: all cores]")
@click.option(
    "--max-megapixels",
    default=_MAX_MEGAPIXELS,
    show_default=True,
    help="Refuse larger images, which may be decompression bombs.",
)
@click.option(
    "--tiled",
    is_flag=True,
    help="Enlarge TIFF files part by part into tiled BigTIFF files; so is any of more than "
    f"{_MAX_MEGAPIXELS:g} megapixels that --max-megapixels lets in.",
)
@click.option(
    "--codec",
    type=CodecName(),
    help="Of videos: x264, x265, av1, vp9 or ffv1. [default: x264; vp9 in webm]",
)
@click.option("--crf", type=float, help="Of videos, the less the better. [default: the codec's]")
@click.option("--preset", help="Of videos: veryfast, slow; a number for av1 and vp9.")
@click.option(
    "--deinterlace",
    type=click.Choice(DEINTERLACERS),
    help="FFmpeg's filter that makes whole frames of interlaced ones, which are refused without.",
)
@click.option(
    "--cluster",
    metavar="auto|HOST:PORT",
    help="Spread the work over a Ray cluster: the one this machine is a node of, or by its head.",
)
@click.option(
    "--worker-cpus",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Of every process of a cluster.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON an image.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
def upscale(**options: Any) -> None:
    """Upscale images and videos two or four times, or by any number up to eight.

    Gray, RGB, alpha, 16 bits, animations, colour profile, EXIF, XMP and DPI are kept. An image
    that fails is reported and the rest goes on; the exit code is then 1. Killed and run again
    with --skip-existing, it goes on where it was. Of a video, sound, subtitles, chapters and time
    stamps are passed on untouched; killed, the same command goes on in the middle of it, as it
    does with --tiled.

    INPUT and -o may be URLs, such as s3://photos/2024/, of any file system that fsspec knows.
    """
    from sesr_app.terminal.native import keep_freed_memory, keep_native_code_quiet

    keep_freed_memory()
    keep_native_code_quiet()
    from sesr_app.upscale.options import UpscaleOptions
    from sesr_app.upscale.run import UpscaleRun

    asked = UpscaleOptions(**options)
    if asked.watch and not asked.remote:
        from sesr_app.upscale.watch import Watch

        Watch(asked).run()
    if asked.remote:
        from sesr_app.upscale.remote.run import RemoteRun

        if not RemoteRun(asked).run():
            raise SystemExit(1)
        return
    if not UpscaleRun(asked).run():
        raise SystemExit(1)

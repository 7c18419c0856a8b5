"""Files that are meant to break a decoder end in a message of ours and in no other way."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from photos import make_photo
from sesr.errors import ImageError
from sesr_app.images import open_picture
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.inputs import InputImage
from sesr_app.upscale.plan.naming import Naming
from sesr_app.upscale.plan.outputs import plan_jobs
from sesr_app.upscale.plan.settings import Settings
from sesr_app.upscale.plan.sizing import Sizing
from sesr_app.upscale.runner import JobRunner

SEEDS = 8
SEEDS_OF_THE_LONG_RUN = 72
"""With 14 kinds of files more than a thousand."""


def saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=image_format, **options)
    return buffer.getvalue()


def whole_files() -> dict[str, bytes]:
    """A sound file of every kind that is read."""
    photo = Image.fromarray(make_photo(24, 31))
    clear = photo.copy()
    clear.putalpha(Image.linear_gradient("L").resize(photo.size))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    frames = [Image.fromarray(make_photo(24, 31, seed=seed)) for seed in (1, 2)]
    moving: dict[str, Any] = {"save_all": True, "append_images": frames, "duration": 40}
    deep = make_photo(24, 31).astype(np.uint16) * 250
    return {
        "photo.png": saved(clear, "PNG", exif=exif),
        "palette.png": saved(photo.quantize(16), "PNG", transparency=3),
        "deep.png": cv2.imencode(".png", deep)[1].tobytes(),
        "moving.png": saved(photo, "PNG", **moving),
        "photo.jpg": saved(photo, "JPEG", exif=exif, dpi=(72, 72)),
        "print.jpg": saved(photo.convert("CMYK"), "JPEG"),
        "photo.webp": saved(clear, "WEBP", lossless=True),
        "moving.webp": saved(photo, "WEBP", **moving),
        "photo.tiff": saved(photo, "TIFF", compression="tiff_lzw"),
        "deep.tiff": cv2.imencode(".tiff", deep)[1].tobytes(),
        "photo.avif": saved(photo, "AVIF", exif=exif),
        "photo.bmp": saved(photo, "BMP"),
        "moving.gif": saved(photo, "GIF", **moving),
        "map.ppm": saved(photo, "PPM"),
    }


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes changed, a part cut out or doubled, or the end missing."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 9))):
        # Half of the changes hit the header, where they do more.
        end = len(data) if random.random() < 0.5 else min(120, len(data))
        data[int(random.integers(end))] = int(random.integers(256))
    start, stop = sorted(int(i) for i in random.integers(0, len(data), 2))
    kind = int(random.integers(4))
    if kind == 0:
        del data[start:stop]
    elif kind == 1:
        data[start:start] = data[start:stop]
    elif kind == 2:
        del data[stop:]
    return bytes(data)


def run_mutants(folder: Path, seeds: int) -> dict[str, int]:
    """Upscale mutants of every kind; how many came out in each way."""
    sources = []
    for kind, (name, content) in enumerate(whole_files().items()):
        for seed in range(seeds):
            path = folder / "in" / f"{seed}_{name}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(mutated(content, np.random.default_rng((kind, seed))))
            sources.append(InputImage(path, folder / "in"))
    jobs = plan_jobs(sources, str(folder / "out"), Naming("x2"))
    settings = Settings(Sizing(2), max_megapixels=1)
    ways = {"ok": 0, "failed": 0}
    written = set()
    for outcome in JobRunner(jobs, Enlarger("M5"), settings, lambda *parts: None).run():
        ways[outcome.status] += 1
        if outcome.status == "failed":
            assert str(outcome.job.image.path) in outcome.error
            assert "\n" not in outcome.error
        else:
            assert outcome.job.target is not None
            written.add(outcome.job.target)
            for frame in open_picture(outcome.job.target).frames:
                assert frame.pixels.size
    assert set((folder / "out").rglob("*")) == written
    return ways


def test_mutants_are_upscaled_or_named(tmp_path: Path) -> None:
    ways = run_mutants(tmp_path, SEEDS)
    assert min(ways.values()) > 10


@pytest.mark.slow
def test_a_thousand_mutants_are_upscaled_or_named(tmp_path: Path) -> None:
    ways = run_mutants(tmp_path, SEEDS_OF_THE_LONG_RUN)
    assert sum(ways.values()) > 1000
    assert min(ways.values()) > 100


def test_every_kind_is_sound_before_it_is_mutated(tmp_path: Path) -> None:
    for name, content in whole_files().items():
        picture = open_picture(content)
        assert [frame.pixels.shape[:2] for frame in picture.frames] in (
            [(24, 31)],
            [(31, 24)],
            [(24, 31)] * 3,
        ), name


def test_a_decompression_bomb_is_not_decoded(tmp_path: Path) -> None:
    image = bytearray(saved(Image.fromarray(make_photo(24, 31)), "PNG"))
    # Width and height in the header: 60,000 x 60,000, with the checksum to match.
    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + bytes(image[24:29])
    image[12:33] = header + struct.pack(">I", zlib.crc32(header))
    path = tmp_path / "bomb.png"
    path.write_bytes(image)
    with pytest.raises(ImageError, match=r"3,600 megapixels.*--max-megapixels"):
        open_picture(path)


def test_a_bomb_of_frames_is_not_decoded() -> None:
    frames = [Image.new("L", (500, 500), seed) for seed in range(20)]
    bomb = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="decompression bomb"):
        open_picture(bomb, max_megapixels=3)


def test_foreign_programs_are_never_run() -> None:
    with pytest.raises(ImageError, match="not an image of a known format"):
        open_picture(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")

"""Grammars of image files that are valid but odd, for Hypothesis.

Each case is a file together with what it shows by the specification of its format.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import tifffile
from hypothesis import strategies as st
from PIL import Image

from photos import make_photo

SEEDS = 24
ORIENTATIONS = st.integers(1, 8)
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
         (1, 0, 2, 1))  # fmt: skip
"""First row and column, and steps, of the passes of an interlaced PNG."""


@dataclass(frozen=True)
class OddFile:
    """A file and what it shows.

    Attributes:
        content: of the file.
        frames: (H, W, 4) RGBA in [0, 1] each, upright.
        exact: nothing is lost in it.
        smooth: it shows a photograph, so that it can be compared after it was enlarged.
        words: how it was made.
    """

    content: bytes
    frames: list[np.ndarray]
    exact: bool
    smooth: bool
    words: str


def turned(image: np.ndarray, orientation: int) -> np.ndarray:
    """By Pillow's own table, apart from this project's."""
    steps = {
        1: [], 2: [np.fliplr], 3: [np.rot90, np.rot90], 4: [np.flipud],
        5: [lambda a: np.swapaxes(a, 0, 1)], 6: [lambda a: np.rot90(a, -1)],
        7: [lambda a: np.swapaxes(a, 0, 1), np.rot90, np.rot90], 8: [np.rot90],
    }  # fmt: skip
    for step in steps[orientation]:
        image = step(image)
    return image


def shown(image: np.ndarray, peak: float) -> np.ndarray:
    """RGBA in [0, 1] of gray, gray with alpha, RGB or RGBA."""
    image = image.reshape(*image.shape[:2], -1)
    if image.shape[2] in (1, 3):
        image = np.dstack([image, np.full(image.shape[:2], peak)])
    return image[..., [0, 0, 0, 1] if image.shape[2] == 2 else [0, 1, 2, 3]] / peak


def photo(height: int, width: int, seed: int, channels: int, deep: bool) -> np.ndarray:
    """A photograph of any kind; alpha is never quite transparent."""
    image = make_photo(height, width, seed=seed)
    alpha = 128 + make_photo(height, width, seed=seed + 1)[..., :1] // 2
    image = np.dstack([image, alpha])
    chosen = {1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3]}[channels]
    image = image[..., chosen]
    return image.astype(np.uint16) * 257 if deep else image


SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))


@st.composite
def tiffs(draw: Any) -> OddFile:
    """Depth, planes, strips, tiles, compression, order of bytes, orientation, white as zero."""
    (height, width), seed = draw(SIZES), draw(st.integers(0, SEEDS))
    channels, deep = draw(st.integers(1, 4)), draw(st.booleans())
    image = photo(height, width, seed, channels, deep)
    orientation = draw(ORIENTATIONS)
    options: dict[str, Any] = {"byteorder": draw(st.sampled_from("<>"))}
    white_is_zero = channels == 1 and draw(st.booleans())
    options["photometric"] = "rgb" if channels > 2 else "minisblack"
    if white_is_zero:
        options["photometric"] = "miniswhite"
    if channels in (2, 4):
        options["extrasamples"] = ["unassalpha"]
    stored = image[..., 0] if channels == 1 else image
    if channels > 1 and draw(st.booleans()):
        options["planarconfig"] = "separate"
        stored = np.moveaxis(image, -1, 0)
    elif channels == 2:
        options["planarconfig"] = "contig"
    if draw(st.booleans()):
        options["tile"] = (draw(st.sampled_from([16, 32])), draw(st.sampled_from([16, 48])))
    elif draw(st.booleans()):
        options["rowsperstrip"] = draw(st.integers(1, 50))
    if draw(st.booleans()):
        options |= {"compression": "zlib", "predictor": draw(st.booleans())}
    options["bigtiff"] = draw(st.booleans())
    tags = [(274, 3, 1, orientation, True)] if orientation > 1 or draw(st.booleans()) else []
    if draw(st.booleans()):
        tags.append((65_000, 7, 5, b"a tag", True))
    file = io.BytesIO()
    tifffile.imwrite(file, np.ascontiguousarray(stored), extratags=tags, metadata=None, **options)
    peak = np.iinfo(image.dtype).max
    truth = turned(peak - image if white_is_zero else image, orientation)
    words = f"TIFF {image.shape} {image.dtype} orientation {orientation} {options}"
    return OddFile(file.getvalue(), [shown(truth, peak)], True, True, words)


@st.composite
def pngs(draw: Any) -> OddFile:
    """Depth, kind of colour, filters, interlacing, transparency, chunks of any kind and size."""
    (height, width), seed = draw(SIZES), draw(st.integers(0, SEEDS))
    color = draw(st.sampled_from([0, 2, 3, 4, 6]))
    depths = {0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]}.get(color, [8, 16])
    depth = draw(st.sampled_from(depths))
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    peak = 2**depth - 1
    samples = photo(height, width, seed, channels, deep=depth == 16)
    if depth < 8:
        samples = samples >> (8 - depth)
    chunks: list[tuple[bytes, bytes]] = []
    table = None
    if color == 3:
        random = np.random.default_rng(seed)
        table = np.dstack([random.integers(0, 256, (1, peak + 1, 3)), np.full((1, peak + 1), 255)])
        table = table[0].astype(np.uint8)
        chunks.append((b"PLTE", table[:, :3].tobytes()))
    key = None
    if color < 4 and draw(st.booleans()):
        if table is not None:
            count = draw(st.integers(1, len(table)))
            table[:count, 3] = np.random.default_rng(seed).integers(0, 256, count)
            chunks.append((b"tRNS", table[:count, 3].tobytes()))
        else:
            key = samples[0, 0].astype(">u2")
            chunks.append((b"tRNS", key.tobytes()))
    odd = [(b"gAMA", struct.pack(">I", 45_455)), (b"tIME", bytes([7, 234, 1, 2, 3, 4, 5])),
           (b"teSt", b"anything"), (b"tEXt", b"Title\0A tree"), (b"sRGB", b"\0"),
           (b"pHYs", struct.pack(">IIB", 2835, 2835, 1))]  # fmt: skip
    before = draw(st.lists(st.sampled_from(odd), unique=True, max_size=3))
    after = draw(st.lists(st.sampled_from([(b"tEXt", b"Author\0A man"), (b"teSu", b"")])))
    orientation = draw(ORIENTATIONS)
    exif = b"II*\0" + struct.pack("<IHHHIIi", 8, 1, 0x0112, 3, 1, orientation, 0)
    (before if draw(st.booleans()) else after).append((b"eXIf", exif))
    interlaced = draw(st.booleans())
    filters = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    data = zlib.compress(_scanlines(samples, depth, interlaced, filters), draw(st.integers(0, 9)))
    piece = draw(st.integers(1, 400))
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    pixels = [(b"IDAT", data[at : at + piece]) for at in range(0, len(data), piece)]
    whole = [(b"IHDR", head), *before, *chunks, *pixels, *after, (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in whole)
    if table is not None:
        truth = table[samples[..., 0]] / 255
    else:
        truth = shown(samples, peak)
        if key is not None:
            truth[(samples == key).all(axis=2), 3] = 0
    words = f"PNG {width}x{height} colour {color} depth {depth} interlaced {interlaced}"
    smooth = depth >= 8 and color != 3 and key is None
    return OddFile(content, [turned(truth, orientation)], True, smooth, words)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _scanlines(samples: np.ndarray, depth: int, interlaced: bool, filters: list[int]) -> bytes:
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    out = b""
    for top, left, down, across in passes:
        part = samples[top::down, left::across]
        if not part.size:
            continue
        step = max(1, depth * part.shape[2] // 8)
        rows = part.reshape(len(part), -1)
        if depth == 16:
            packed = rows.astype(">u2", order="C").view(np.uint8)
        elif depth == 8:
            packed = rows.astype(np.uint8)
        else:
            bits = np.unpackbits(rows.astype(np.uint8)[..., np.newaxis], axis=2)[..., 8 - depth :]
            packed = np.packbits(bits.reshape(len(rows), -1), axis=1)
        above = np.zeros(packed.shape[1], np.uint8)
        for index, row in enumerate(packed):
            kind = filters[index % len(filters)]
            out += bytes([kind]) + _filtered(kind, row, above, step)
            above = row
    return out


def _filtered(kind: int, row: np.ndarray, above: np.ndarray, step: int) -> bytes:
    pad = np.zeros(step, np.uint8)
    left = np.concatenate([pad, row])[: len(row)].astype(int)
    corner = np.concatenate([pad, above])[: len(row)].astype(int)
    up = above.astype(int)
    guess = left + up - corner
    distances = np.stack([abs(guess - left), abs(guess - up), abs(guess - corner)])
    paeth = np.choose(distances.argmin(axis=0), [left, up, corner])
    predicted = [np.zeros_like(left), left, up, (left + up) // 2, paeth][kind]
    return ((row - predicted) % 256).astype(np.uint8).tobytes()


@st.composite
def gifs(draw: Any) -> OddFile:
    """Screens, places, palettes, keys, disposal, interlacing, comments, extensions."""
    height, width = draw(st.integers(2, 24)), draw(st.integers(2, 24))
    bits = draw(st.integers(1, 8))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    shared = random.integers(0, 256, (2**bits, 3)).astype(np.uint8)
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0 | (bits - 1), 0, 0)
    content = head + shared.tobytes()
    canvas = np.zeros((height, width, 4))
    frames = []
    for index in range(draw(st.integers(1, 4))):
        whole = index == 0 and draw(st.booleans())
        top = 0 if whole else draw(st.integers(0, height - 1))
        left = 0 if whole else draw(st.integers(0, width - 1))
        rows = height if whole else draw(st.integers(1, height - top))
        columns = width if whole else draw(st.integers(1, width - left))
        indexes = random.integers(0, 2**bits, (rows, columns))
        key = draw(st.none() | st.integers(0, 2**bits - 1))
        disposal, interlaced = draw(st.integers(0, 3)), draw(st.booleans())
        palette = shared
        own = b""
        if draw(st.booleans()):
            palette = random.integers(0, 256, (2**bits, 3)).astype(np.uint8)
            own = palette.tobytes()
        if draw(st.booleans()):
            content += b"\x21\xfe\x04note\x00"
        if draw(st.booleans()):
            content += b"\x21\xff\x0bMADE FOR IT\x03\x01\x02\x03\x00"
        packed = disposal << 2 | (key is not None)
        content += struct.pack("<BBBBHBB", 0x21, 0xF9, 4, packed, 10, key or 0, 0)
        flags = (0x40 if interlaced else 0) | (0x80 | (bits - 1) if own else 0)
        content += struct.pack("<BHHHHB", 0x2C, left, top, columns, rows, flags) + own
        order = list(range(rows))
        if interlaced:
            order = [*order[::8], *order[4::8], *order[2::4], *order[1::2]]
        content += _lzw(indexes[order].ravel().tolist(), max(2, bits))
        window = canvas[top : top + rows, left : left + columns]
        kept = window.copy()
        drawn = np.ones(indexes.shape, bool) if key is None else indexes != key
        window[drawn] = np.dstack([palette[indexes] / 255, np.ones(indexes.shape)])[drawn]
        frames.append(canvas.copy())
        if disposal >= 2:
            window[:] = 0 if disposal == 2 else kept
    words = f"GIF {width}x{height} {len(frames)} frames {bits} bits"
    return OddFile(content + b"\x3b", frames, True, False, words)


def _lzw(indexes: list[int], bits: int) -> bytes:
    clear, end = 1 << bits, (1 << bits) + 1
    codes: dict[tuple[int, ...], int] = {}
    out: list[tuple[int, int]] = [(clear, bits + 1)]
    size, following, held = bits + 1, end + 1, ()
    for index in indexes:
        longer = (*held, index)
        if len(longer) == 1 or longer in codes:
            held = longer
            continue
        out.append((codes[held] if len(held) > 1 else held[0], size))
        codes[longer] = following
        if following == 1 << size and size < 12:
            size += 1
        following += 1
        if following == 4096:
            out.append((clear, size))
            codes, size, following = {}, bits + 1, end + 1
        held = (index,)
    out += [(codes[held] if len(held) > 1 else held[0], size)]
    # The decoder has one more entry by now, and may have gone over to longer codes.
    out += [(end, size + 1 if following == 1 << size and size < 12 else size)]
    text = "".join(format(code, f"0{length}b")[::-1] for code, length in out)
    text += "0" * (-len(text) % 8)
    data = bytes(int(text[at : at + 8][::-1], 2) for at in range(0, len(text), 8))
    blocks = (data[at : at + 255] for at in range(0, len(data), 255))
    return bytes([bits]) + b"".join(bytes([len(one)]) + one for one in blocks) + b"\0"


@st.composite
def jpegs(draw: Any) -> OddFile:
    """Sampling, progression, restarts, and segments of any kind in any number."""
    (height, width), seed = draw(SIZES), draw(st.integers(0, SEEDS))
    gray = draw(st.booleans())
    image = photo(height, width, seed, 1 if gray else 3, deep=False)
    stored = image[..., 0] if gray else image
    file = io.BytesIO()
    options: dict[str, Any] = {
        "quality": draw(st.integers(60, 100)),
        "subsampling": draw(st.sampled_from(["4:4:4", "4:2:2", "4:2:0"])),
        "progressive": draw(st.booleans()),
        "restart_marker_blocks": draw(st.integers(0, 3)),
    }
    Image.fromarray(np.ascontiguousarray(stored)).save(file, "JPEG", **options)
    content = file.getvalue()
    orientation = draw(ORIENTATIONS)
    endian = draw(st.sampled_from("<>"))
    kind = draw(st.sampled_from([3, 4]))
    value = struct.pack(endian + ("HH" if kind == 3 else "I"), *([orientation, 0][: 5 - kind]))
    exif = (b"II*\0" if endian == "<" else b"MM\0*") + struct.pack(endian + "IH", 8, 1)
    exif += struct.pack(endian + "HHI", 0x0112, kind, 1) + value + bytes(4)
    odd = [(0xFE, b"A note"), (0xE5, b"anything\xff\xd9"), (0xEC, b"Ducky\0"), (0xE2, b"MPF\0"),
           (0xED, b"Photoshop 3.0\x008BIM"), (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
           (0xEF, b""), (0xE2, b"ICC_PROFILE\0\1\2junk")]  # fmt: skip
    segments = draw(st.lists(st.sampled_from(odd), max_size=4))
    segments.insert(draw(st.integers(0, len(segments))), (0xE1, b"Exif\0\0" + exif))
    packed = b""
    for marker, body in segments:
        packed += b"\xff" * draw(st.integers(1, 3)) + bytes([marker])
        packed += struct.pack(">H", len(body) + 2) + body
    content = content[:20] + packed + content[20:] + draw(st.sampled_from([b"", b"\0junk"]))
    with Image.open(io.BytesIO(file.getvalue())) as decoded:
        pixels = np.asarray(decoded)
    truth = turned(shown(pixels, 255), orientation)
    words = f"JPEG {image.shape} {options} orientation {orientation} {segments}"
    return OddFile(content, [truth], False, True, words)


KINDS = {"tiff": tiffs(), "png": pngs(), "gif": gifs(), "jpeg": jpegs()}

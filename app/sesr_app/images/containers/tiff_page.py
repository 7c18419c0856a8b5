"""How the pixels of a page of a TIFF file are stored.

Reference: TIFF 6.0; its technical note 2; the Photoshop technical notes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sesr_app.images.containers.ifd import Directory

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
OFFSETS, ORIENTATION, SAMPLES_A_PIXEL, ROWS, COUNTS = 273, 274, 277, 278, 279
X_RESOLUTION, Y_RESOLUTION, PLANAR, UNIT, PREDICTOR = 282, 283, 284, 296, 317
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS, EXTRA, SAMPLE_FORMAT = (
    322, 323, 324, 325, 338, 339)  # fmt: skip
XMP, IPTC, PHOTOSHOP, PROFILE = 700, 33723, 34377, 34675
SUBFILE, JPEG_TABLES, SUBSAMPLING = 254, 347, 530

JPEG, DEFLATE, DIFFERENCES, INCH = 7, 8, 2, 2
"""Compressions, a predictor, and a unit of resolution."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
ASSOCIATED, STRAIGHT = 1, 2
"""Kinds of alpha: multiplied into the colours, or not."""


@dataclass(frozen=True, slots=True)
class TiffPage:
    """How the pixels of a page are stored.

    Attributes:
        width, height: as stored.
        bits: of each sample.
        samples: of a pixel.
        kind: of the samples: UNSIGNED, SIGNED, FLOAT or another.
        photometric: what they mean.
        extra: kinds of the samples behind the colours.
        compression, predictor: of the segments.
        planar: every sample has a plane of its own.
        segment: width and height of a strip or tile.
        tiled: whether it is tiles, all of one size.
        places: offset and size of every segment.
        orientation: 1 to 8.
        reversed_bits: the bits of each byte stand in reverse.
        named_orientation: whether the page names one.
        smaller_copy: whether it shows another page in fewer pixels.
        jpeg_tables, subsampling: what JPEG segments share, and how their colour is sampled.
    """

    width: int
    height: int
    bits: int
    samples: int
    kind: int
    photometric: int
    extra: tuple[int, ...]
    compression: int
    predictor: int
    planar: bool
    segment: tuple[int, int]
    tiled: bool
    places: tuple[tuple[int, int], ...]
    orientation: int
    reversed_bits: bool
    named_orientation: bool
    smaller_copy: bool
    jpeg_tables: bytes
    subsampling: tuple[int, ...]

    @classmethod
    def of(cls, tags: Directory) -> TiffPage:
        """Read the tags of a page.

        Raises:
            ValueError: tags that must be there are not, or say nothing sensible.
        """

        def numbers(tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
            found = tags[tag].numbers if tag in tags else default
            if not found:
                raise ValueError(f"the tag {tag} is missing")
            return found

        width, height = numbers(WIDTH)[0], numbers(LENGTH)[0]
        tiled = TILE_OFFSETS in tags
        segment = (
            (numbers(TILE_WIDTH)[0], numbers(TILE_LENGTH)[0])
            if tiled
            else (width, min(numbers(ROWS, (height,))[0], height))
        )
        samples = numbers(SAMPLES_A_PIXEL, (1,))[0]
        orientation = numbers(ORIENTATION, (1,))[0]
        offsets = numbers(TILE_OFFSETS if tiled else OFFSETS)
        counts = numbers(TILE_COUNTS if tiled else COUNTS, (0,))
        return cls(
            width,
            height,
            max(numbers(BITS, (1,))),
            samples,
            max(numbers(SAMPLE_FORMAT, (UNSIGNED,))),
            numbers(PHOTOMETRIC, (WHITE_IS_ZERO,))[0],
            tags[EXTRA].numbers if EXTRA in tags else (),
            numbers(COMPRESSION, (1,))[0],
            numbers(PREDICTOR, (1,))[0],
            samples > 1 and numbers(PLANAR, (1,))[0] == 2,
            segment,
            tiled,
            tuple(zip(offsets, counts, strict=False)),
            orientation if orientation in range(1, 9) else 1,
            numbers(FILL_ORDER, (1,))[0] == 2,
            ORIENTATION in tags,
            bool(numbers(SUBFILE, (0,))[0] & 1),
            tags[JPEG_TABLES].data if JPEG_TABLES in tags else b"",
            tags[SUBSAMPLING].numbers if SUBSAMPLING in tags else (),
        )

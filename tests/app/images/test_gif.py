"""GIF files: frames as browsers show them, and edges without a fringe."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from images import decoded, pixels_of, saved, written
from photos import make_photo
from sesr_app.images import Metadata, open_picture

RED, GREEN, CLEAR = 1, 2, 3
PALETTE = bytes([0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 9, 9])


def frame(
    indexes: np.ndarray,
    *,
    left: int = 0,
    top: int = 0,
    transparent: int | None = None,
    disposal: int = 0,
    hundredths: int = 10,
    interlaced: bool = False,
) -> bytes:
    """A control and an image whose codes are never compressed."""
    height, width = indexes.shape
    packed = disposal << 2 | (transparent is not None)
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, packed, hundredths, transparent or 0, 0)
    place = struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0x40 if interlaced else 0)
    rows = list(range(height))
    if interlaced:
        rows = [*rows[::8], *rows[4::8], *rows[2::4], *rows[1::2]]
    # Colours of 2 bits in codes of 3: a clear code (4) before every two keeps the codes short.
    bits = "".join(
        format(code, "03b")[::-1]
        for index, value in enumerate(indexes[rows].ravel().tolist())
        for code in ([4, value] if index % 2 == 0 else [value])
    ) + format(5, "03b")[::-1]  # fmt: skip
    bits += "0" * (-len(bits) % 8)
    data = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    blocks = b"".join(
        bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)
    )
    return control + place + b"\x02" + blocks + b"\0"


def gif(width: int, height: int, *parts: bytes) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x91, 0, 0) + PALETTE
    return head + b"".join(parts) + b"\x3b"


def colors(*indexes: int) -> np.ndarray:
    return np.array(
        [[*PALETTE[3 * i : 3 * i + 3], 255] if i != CLEAR else [0] * 4 for i in indexes]
    )


def test_transparent_frames_after_an_opaque_one_stay_transparent() -> None:
    whole = np.full((4, 6), RED)
    half = np.full((4, 6), GREEN)
    half[:, 3:] = CLEAR
    content = gif(6, 4, frame(whole, disposal=2), frame(half, transparent=CLEAR, disposal=2))
    first, second = pixels_of(open_picture(content))
    np.testing.assert_array_equal(first, np.broadcast_to(colors(RED), (4, 6, 4)))
    np.testing.assert_array_equal(second[0], colors(*[GREEN] * 3, *[CLEAR] * 3))


@pytest.mark.parametrize(
    ("disposal", "left_behind"), [(0, GREEN), (1, GREEN), (2, CLEAR), (3, RED)]
)
def test_frames_leave_what_they_say(disposal: int, left_behind: int) -> None:
    parts = [
        frame(np.full((4, 6), RED), disposal=1),
        frame(np.full((2, 2), GREEN), left=1, top=1, disposal=disposal),
        frame(np.full((1, 1), GREEN), left=5, top=3),
    ]
    third = pixels_of(open_picture(gif(6, 4, *parts)))[2]
    expected = colors(RED, left_behind, left_behind, RED, RED, RED)
    np.testing.assert_array_equal(third[1], expected[:, : third.shape[2]])
    np.testing.assert_array_equal(third[3, 5], colors(GREEN)[0, : third.shape[2]])


def test_rows_may_be_interlaced() -> None:
    indexes = np.arange(9 * 4).reshape(9, 4) % 3
    np.testing.assert_array_equal(
        decoded(gif(4, 9, frame(indexes, interlaced=True))),
        decoded(gif(4, 9, frame(indexes))),
    )
    np.testing.assert_array_equal(decoded(gif(4, 9, frame(indexes)))[0], colors(0, 1, 2, 0)[:, :3])


def test_a_still_gif_with_transparency_is_what_it_shows() -> None:
    indexes = np.full((5, 5), CLEAR)
    indexes[1:4, 1:4] = RED
    shown = decoded(gif(5, 5, frame(indexes, transparent=CLEAR)))
    np.testing.assert_array_equal(shown[2], colors(CLEAR, RED, RED, RED, CLEAR))


@pytest.mark.parametrize("count", [1, 3])
def test_soft_edges_become_hard_ones_without_a_fringe(count: int) -> None:
    alpha = np.clip(np.add.outer(abs(np.arange(40) - 20), abs(np.arange(40) - 20)) * 12, 0, 255)
    image = np.zeros((40, 40, 4), np.uint8)
    image[..., 3] = 255 - alpha
    image[..., 1] = 255
    # What is hidden has a colour that must never show.
    image[image[..., 3] == 0, :3] = (255, 0, 255)
    frames = [np.roll(image, 3 * index, axis=1) for index in range(count)]
    shown = pixels_of(open_picture(written("gif", frames)))
    for before, after in zip(frames, shown, strict=True):
        assert set(np.unique(after[..., 3])) == {0, 255}
        np.testing.assert_array_equal(after[..., 3] == 255, before[..., 3] >= 128)
        np.testing.assert_array_equal(
            np.unique(after[after[..., 3] == 255], axis=0), [[0, 255, 0, 255]]
        )


def test_a_photograph_with_a_hole_keeps_its_colors() -> None:
    photo = make_photo(40, 50)
    image = np.dstack([photo, np.full((40, 50), 255, np.uint8)])
    image[10:20, 10:20, 3] = 0
    shown = decoded(written("gif", image))
    kept = shown[..., 3] == 255
    np.testing.assert_array_equal(kept, image[..., 3] == 255)
    assert np.abs(shown[kept][:, :3].astype(int) - photo[kept]).mean() < 8


def test_opaque_and_wholly_transparent_images_stay_so() -> None:
    opaque = np.dstack([make_photo(20, 20), np.full((20, 20), 255, np.uint8)])
    assert decoded(written("gif", opaque)).shape == (20, 20, 3)
    clear = np.zeros((20, 20, 4), np.uint8)
    assert not decoded(written("gif", clear))[..., 3].any()


def test_frames_may_reach_out_of_the_screen() -> None:
    content = gif(4, 4, frame(np.full((4, 4), RED)), frame(np.full((3, 3), GREEN), left=2, top=2))
    first, second = pixels_of(open_picture(content))
    assert first.shape[:2] == second.shape[:2] == (4, 4)
    np.testing.assert_array_equal(second[3], colors(RED, RED, GREEN, GREEN)[:, :3])


def test_what_follows_a_damaged_frame_is_told() -> None:
    whole = gif(4, 4, frame(np.full((4, 4), RED)), frame(np.full((4, 4), GREEN)))
    warnings: list[str] = []
    picture = open_picture(whole[:-8], warnings.append)
    assert picture.count == 1
    assert "damaged behind image 1" in warnings[0]


def test_comments_are_kept() -> None:
    comment = b"\x21\xfe\x05Hello\x00"
    picture = open_picture(gif(4, 4, comment, frame(np.full((4, 4), RED))))
    assert picture.metadata.comment == "Hello"
    again = written("gif", pixels_of(picture), picture.metadata)
    assert open_picture(again).metadata.comment == "Hello"
    with Image.open(io.BytesIO(again)) as image:
        assert image.info["comment"] == b"Hello"
    moving = written("gif", [np.full((4, 4, 3), 9, np.uint8), np.zeros((4, 4, 3), np.uint8)],
                     Metadata(comment="Hello"))  # fmt: skip
    assert open_picture(moving).metadata.comment == "Hello"


@pytest.mark.parametrize("gray", [True, False])
def test_pillows_gifs_are_what_pillow_reads(gray: bool) -> None:
    photo = Image.fromarray(make_photo(20, 24))
    content = saved(photo.convert("L") if gray else photo.quantize(64), "GIF")
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image.convert("L" if gray else "RGB"))
    np.testing.assert_array_equal(decoded(content), expected)

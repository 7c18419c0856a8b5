"""What a file holds beside its pixels: kept where the format can, otherwise told once."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from images import decoded, pixels_of, saved, written
from photos import make_photo
from sesr_app.images import Metadata, open_picture
from sesr_app.images.containers.segments import insert_segments
from sesr_app.images.decode.orientation import upright
from sesr_app.images.exif import orientation_of, with_size
from sesr_app.images.metadata import photoshop_block

PHOTO = Image.fromarray(make_photo(24, 32))
IPTC = b"\x1c\x02\x78\x00\x05Hello"


def exif_with(kind: int, orientation: int, thumbnail: bytes = b"") -> bytes:
    """A block whose orientation has a type of its own, with a thumbnail behind it."""
    value = struct.pack("<I", orientation)
    block = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHI", 0x0112, kind, 1) + value
    if not thumbnail:
        return block + bytes(4)
    place = len(block) + 4 + 2 + 24 + 4
    block += struct.pack("<I", len(block) + 4) + struct.pack("<H", 2)
    block += struct.pack("<HHII", 0x0201, 4, 1, place) + struct.pack(
        "<HHII", 0x0202, 4, 1, len(thumbnail)
    )
    return block + bytes(4) + thumbnail


def raw_profile(name: str, body: bytes) -> str:
    lines = [body.hex()[place : place + 72] for place in range(0, 2 * len(body), 72)]
    return "\n".join(["", name, f"{len(body):8d}", *lines, ""])


def again(content: bytes, kind: str, warnings: list[str] | None = None) -> bytes:
    """Opened and written."""
    picture = open_picture(content)
    return written(kind, pixels_of(picture), picture.metadata, warnings=warnings)


@pytest.mark.parametrize("kind", [1, 3, 4, 9])
@pytest.mark.parametrize("orientation", [3, 6])
def test_an_orientation_of_any_type_is_applied_once(kind: int, orientation: int) -> None:
    content = saved(PHOTO, "JPEG", exif=b"Exif\0\0" + exif_with(kind, orientation), quality=95)
    with Image.open(io.BytesIO(content)) as image:
        stored = np.asarray(image)
    np.testing.assert_array_equal(decoded(content), upright(stored, orientation))
    with Image.open(io.BytesIO(again(content, "jpg"))) as image:
        assert orientation_of(image.info["exif"]) == 1


@pytest.mark.parametrize("key", ["exif", "APP1"])
@pytest.mark.parametrize("header", [b"", b"Exif\0\0"])
def test_an_orientation_in_a_note_of_imagemagick_is_applied_once(key: str, header: bytes) -> None:
    info = PngInfo()
    info.add_text(f"Raw profile type {key}", raw_profile(key, header + exif_with(3, 3)), zip=True)
    info.add_text("Title", "A tree")
    content = saved(PHOTO, "PNG", pnginfo=info)
    picture = open_picture(again(content, "png"))
    assert picture.metadata.orientation == 1
    assert picture.metadata.text == (("Title", "A tree"),)
    np.testing.assert_array_equal(pixels_of(picture)[0], upright(np.asarray(PHOTO), 3))
    with Image.open(io.BytesIO(again(content, "png"))) as image:
        image.load()
        assert ImageOps.exif_transpose(image).tobytes() == image.tobytes()
        assert "Raw profile type exif" not in image.info


def test_a_thumbnail_does_not_outlive_its_image() -> None:
    thumbnail = saved(PHOTO.resize((8, 6)), "JPEG")
    block = exif_with(3, 6, thumbnail)
    changed = with_size(block, 48, 64)
    assert thumbnail not in changed
    assert orientation_of(changed) == 1
    with Image.open(
        io.BytesIO(again(saved(PHOTO, "JPEG", exif=b"Exif\0\0" + block), "jpg"))
    ) as out:
        assert not out.getexif().get_ifd(1)


def with_iptc() -> bytes:
    body = b"Photoshop 3.0\0" + photoshop_block(IPTC)
    return insert_segments(saved(PHOTO, "JPEG", comment=b"A note"), [(0xED, body)])


@pytest.mark.parametrize("kind", ["jpg", "tiff", "png"])
def test_iptc_is_kept_where_there_is_room_for_it(kind: str) -> None:
    warnings: list[str] = []
    content = again(with_iptc(), kind, warnings)
    assert open_picture(content).metadata.iptc == IPTC
    assert not [one for one in warnings if "IPTC" in one]
    if kind == "jpg":
        from PIL import IptcImagePlugin

        with Image.open(io.BytesIO(content)) as image:
            assert (IptcImagePlugin.getiptcinfo(image) or {})[2, 120] == b"Hello"


@pytest.mark.parametrize(
    ("kind", "lost"),
    [("webp", "IPTC or comment"), ("avif", "IPTC or comment"), ("tiff", "comment")],
)
def test_what_is_lost_is_told_once(kind: str, lost: str) -> None:
    warnings: list[str] = []
    again(with_iptc(), kind, warnings)
    assert len(warnings) == 1
    assert f"{kind} holds no {lost}, so" in warnings[0]


@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
def test_comments_are_kept(kind: str) -> None:
    content = written(kind, np.asarray(PHOTO), Metadata(comment="Zażółć"))
    assert open_picture(content).metadata.comment == "Zażółć"
    assert open_picture(again(content, "png")).metadata.comment == "Zażółć"


def multi_picture(second: bytes, attributes: int, xmp: bytes = b"", exif: bytes = b"") -> bytes:
    """A photograph and an image behind it, as telephones write them."""
    notes: dict[str, Any] = {"xmp": xmp} if xmp else {}
    notes |= {"exif": b"Exif\0\0" + exif} if exif else {}
    first = saved(PHOTO, "JPEG", **notes)

    def listed(whole: int, offset: int) -> bytes:
        entry = struct.pack("<IIIHH", 0x030000, whole, 0, 0, 0)
        entry += struct.pack("<IIIHH", attributes, len(second), offset, 0, 0)
        head = b"MPF\0II*\0" + struct.pack("<IH", 8, 3)
        head += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
        head += struct.pack("<HHII", 0xB001, 4, 1, 2) + struct.pack("<HHII", 0xB002, 7, 32, 50)
        return insert_segments(first, [(0xE2, head + bytes(4) + entry)])

    whole = listed(0, 0)
    header = whole.index(b"MPF\0") + 4
    return listed(len(whole), len(whole) - header) + second


GAIN_MAP_XMP = b'<x:xmpmeta><rdf hdrgm:Version="1.0" hdrgm:GainMapMax="2.3"/></x:xmpmeta>'
GAIN_MAP = saved(PHOTO.convert("L").resize((16, 12)), "JPEG", xmp=GAIN_MAP_XMP, quality=95)


def container_xmp(size: int) -> bytes:
    return (
        b'<x:xmpmeta><rdf:li><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/>'
        b'<Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="%d"/>'
        b"</rdf:li></x:xmpmeta>" % size
    )


@pytest.mark.parametrize("orientation", [1, 6])
def test_gain_maps_are_kept(orientation: int) -> None:
    exif = exif_with(3, orientation)
    content = multi_picture(GAIN_MAP, 0, container_xmp(len(GAIN_MAP)), exif)
    warnings: list[str] = []
    result = again(content, "jpg", warnings)
    assert not warnings
    with Image.open(io.BytesIO(result)) as image:
        assert image.format == "MPO"
        assert image.n_frames == 2
        size = image.size
        image.seek(1)
        assert image.size == ((16, 12) if orientation == 1 else (12, 16))
        assert (image.size[0] > image.size[1]) == (size[0] > size[1])
        with Image.open(io.BytesIO(GAIN_MAP)) as before:
            turned = upright(np.asarray(before), orientation)
        assert np.abs(np.asarray(image).astype(int) - turned).mean() < 3
    kept = open_picture(result).metadata
    assert kept.gain_map is not None
    assert kept.xmp == container_xmp(len(kept.gain_map.content))
    assert GAIN_MAP_XMP in kept.gain_map.content
    assert result.endswith(kept.gain_map.content)


def test_a_gain_map_that_is_lost_is_told() -> None:
    warnings: list[str] = []
    again(multi_picture(GAIN_MAP, 0), "webp", warnings)
    assert warnings == ["webp holds no gain map, so it was left out"]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [(0x020002, "second view"), (0x010001, "preview"), (0, "further image")],
)
def test_other_images_are_told(attributes: int, words: str) -> None:
    warnings: list[str] = []
    result = again(multi_picture(saved(PHOTO, "JPEG"), attributes), "jpg", warnings)
    assert warnings == [f"jpg holds no {words}, so it was left out"]
    with Image.open(io.BytesIO(result)) as image:
        assert image.format == "JPEG"


def test_a_damaged_list_of_images_is_a_warning() -> None:
    content = multi_picture(GAIN_MAP, 0).replace(b"MPF\0II*\0", b"MPF\0JJ*\0")
    warnings: list[str] = []
    assert pixels_of(open_picture(content, warnings.append))
    assert "further images is damaged" in warnings[0]

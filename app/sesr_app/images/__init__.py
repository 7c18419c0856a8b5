"""The image files that people bring: every pixel, frame and note of them, in and out."""

from sesr_app.images.decode.open import MAX_MEGAPIXELS, open_picture
from sesr_app.images.encode.write import SaveOptions, write_picture
from sesr_app.images.formats import FORMATS, READABLE_SUFFIXES, Format, format_named, format_of
from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Enlarged, Frame, Picture

__all__ = [
    "FORMATS",
    "MAX_MEGAPIXELS",
    "READABLE_SUFFIXES",
    "Enlarged",
    "Format",
    "Frame",
    "Metadata",
    "Picture",
    "SaveOptions",
    "format_named",
    "format_of",
    "open_picture",
    "write_picture",
]

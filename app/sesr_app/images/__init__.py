"""The image files that people bring: every pixel, frame and note of them, in and out."""

from sesr_app.images.decode.gate import MAX_MEGAPIXELS, Header
from sesr_app.images.decode.header import read_header
from sesr_app.images.decode.open import open_picture
from sesr_app.images.encode.flatten import fit_alpha, fit_depth
from sesr_app.images.encode.output import SaveOptions
from sesr_app.images.encode.write import check_result_size, write_picture
from sesr_app.images.formats import (
    FORMATS,
    READABLE_SUFFIXES,
    Format,
    format_named,
    format_of,
    result_suffix,
)
from sesr_app.images.metadata import Metadata
from sesr_app.images.picture import Compression, Enlarged, Frame, Picture

__all__ = [
    "FORMATS",
    "MAX_MEGAPIXELS",
    "READABLE_SUFFIXES",
    "Compression",
    "Enlarged",
    "Format",
    "Frame",
    "Header",
    "Metadata",
    "Picture",
    "SaveOptions",
    "check_result_size",
    "fit_alpha",
    "fit_depth",
    "format_named",
    "format_of",
    "open_picture",
    "read_header",
    "result_suffix",
    "write_picture",
]

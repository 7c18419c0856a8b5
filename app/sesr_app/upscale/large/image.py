"""A TIFF file that is enlarged in parts: what there is to do, and the file of all parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from sesr import __version__
from sesr_app.images import Header, format_named
from sesr_app.images.decode.gate import Gate
from sesr_app.images.decode.tiff_rows import TiffRows
from sesr_app.images.encode.tiled_tiff import TILE_SIDE, Sink, write_tiled
from sesr_app.images.encode.write import notes_for
from sesr_app.upscale.enlarge import inspect_header
from sesr_app.upscale.large.task import LargeTask, Parts, rows_of_parts
from sesr_app.upscale.passes import Enlarger
from sesr_app.upscale.plan.earlier import marked
from sesr_app.upscale.plan.settings import Settings


class LargeImage:
    """One of them.

    Args:
        name: of the file, for messages.
        open_file: opens it for reading.
        settings: what is done with it.
        enlarger: by what.
        warn: told of what cannot be kept.

    Attributes:
        shape: of the result.
        artefacts: that the first pass removes.

    Raises:
        ImageError: it cannot be read in parts, or is too large.
    """

    def __init__(
        self,
        name: str,
        open_file: Callable[[], IO[bytes]],
        settings: Settings,
        enlarger: Enlarger,
        warn: Callable[[str], None],
    ) -> None:
        self._name, self._open = name, open_file
        self._settings, self._enlarger, self._warn = settings, enlarger, warn
        self._source = source = TiffRows(name, open_file, warn)
        self._kind = format_named("tiff")
        height, width = source.shape[:2]
        gate = Gate(name, warn, settings.max_megapixels, lambda pixels: None, self._inspect)
        gate.let_in(Header(self._kind, width, height))
        self.shape = (*settings.sizing.target(height, width), *source.shape[2:])
        self.artefacts = enlarger.nearest(settings.told_artefacts, (height, width), settings.sizing)

    def identity(self, stamp: str) -> dict[str, str]:
        """Two jobs of which this is the same make the same parts.

        Args:
            stamp: what changes with the content of the file.
        """
        return {
            "input": stamp,
            "model": f"{self._settings.computed_by} {self.artefacts}",
            "size": f"{self.shape} {TILE_SIDE}",
            "version": __version__,
        }

    def task(self, parts: Parts) -> LargeTask:
        """What there is to do, for any process."""
        return LargeTask(
            self._name,
            self._open,
            self._settings.sizing,
            self.shape,
            self.artefacts,
            parts,
            rows_of_parts(self.shape[1]),
        )

    def write(self, file: Sink, task: LargeTask) -> None:
        """Put the parts, all of which are there, together to one file.

        Raises:
            OSError: it cannot be written.
        """
        metadata = self._source.metadata
        kept = metadata.stripped() if self._settings.strip else marked(metadata, self._kind)
        notes = notes_for(kept, self._kind, self.shape, self._warn)
        sizes = [size for number in range(task.count) for size in task.sizes(number)]
        write_tiled(file, self.shape, self._source.dtype, sizes, task.tiles(), notes, self._warn)

    def _inspect(self, header: Header) -> None:
        inspect_header(header, self._kind, self._settings.sizing, self._enlarger.scales,
                       self._name, self._warn)  # fmt: skip

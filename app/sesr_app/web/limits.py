"""What one visitor of the page may ask of the machine."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from pathlib import Path

from sesr.errors import ImageError, UsageError
from sesr_app.images import read_header
from sesr_app.video import is_video


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a page, each an option of `sesr web`.

    Attributes:
        max_file_megabytes: of one file.
        max_megapixels: of one photograph, all frames together, before it is enlarged.
        max_result_megapixels: of its result.
        max_files: at a time.
        max_waiting: jobs in the queue, those of all visitors together.
        max_minutes: that one job may take; so nobody waits longer than all jobs before his.
        max_memory_gigabytes: that an attack or an export may hold, where the system tells (Linux).
        max_disk_gigabytes: of all files of all visitors; then no more are received.
        keep_minutes: after which the files of a visitor who does nothing are deleted.

    Raises:
        UsageError: one is not above 0.
    """

    max_file_megabytes: float = 100.0
    max_megapixels: float = 60.0
    max_result_megapixels: float = 250.0
    max_files: int = 50
    max_waiting: int = 20
    max_minutes: float = 10.0
    max_memory_gigabytes: float = 4.0
    max_disk_gigabytes: float = 8.0
    keep_minutes: float = 60.0

    def __post_init__(self) -> None:
        """Refuse limits that let nothing pass, or cannot be compared with."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                name = field.name.replace("_", "-")
                raise UsageError(f"--{name} must be a number above 0; received {value:g}")

    def check_count(self, count: int) -> None:
        """Refuse too many files.

        Raises:
            UsageError: there are more than `max_files`.
        """
        if count > self.max_files:
            raise UsageError(
                f"{count} files are more than this page takes at a time; drop at most "
                f"{self.max_files}, or use the command sesr upscale on the folder"
            )

    def check_photograph(self, path: Path, scale: float) -> None:
        """Refuse what would be too large, by what the file says before it is decoded.

        Raises:
            ImageError: it is no image, or too large as it is or when enlarged.
        """
        if is_video(path):
            raise ImageError(
                f"{path.name}: is a video, and this page takes photographs; use the command "
                f"{shlex.join(['sesr', 'upscale', path.name])}"
            )
        header = read_header(path)
        pixels = header.width * header.height * header.count / 1e6
        result = pixels * scale * scale
        if pixels > self.max_megapixels:
            raise ImageError(
                f"{path.name}: has {pixels:,.0f} megapixels, and this page takes "
                f"{self.max_megapixels:g}; make it smaller, or use the command sesr upscale"
            )
        if result > self.max_result_megapixels:
            raise ImageError(
                f"{path.name}: would have {result:,.0f} megapixels, and this page makes "
                f"{self.max_result_megapixels:g}; choose a smaller scale, or use the command"
            )

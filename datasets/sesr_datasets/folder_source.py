"""A folder of images as a source of pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from sesr_datasets.image_folder import find_images, read_rgb
from sesr_datasets.pairs import LoadedPair


class FolderSource:
    """All images below some folders; the small copies are made from them.

    Args:
        folders: searched at any depth.
        exclude: patterns of file names to leave out.

    Raises:
        SesrError: a folder does not exist or holds no image.
    """

    def __init__(self, folders: Sequence[Path], exclude: Sequence[str] = ()) -> None:
        self.paths = find_images(folders, exclude)

    def __len__(self) -> int:
        return len(self.paths)

    def fingerprint(self) -> str:
        """Paths, sizes and times of all files."""
        stats = ((path, path.stat()) for path in self.paths)
        return "\n".join(f"{path.resolve()}|{s.st_size}|{s.st_mtime_ns}" for path, s in stats)

    def __iter__(self) -> Iterator[Callable[[], LoadedPair]]:
        return (partial(_load, path) for path in self.paths)


def _load(path: Path) -> LoadedPair:
    """Name, pixels, and None: a folder has no small copies of its own."""
    return str(path), read_rgb(path), None

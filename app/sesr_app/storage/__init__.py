"""Folders on any file system that fsspec knows, and what a job keeps in the one it writes to."""

from sesr_app.storage.claim import Claim
from sesr_app.storage.manifest import ManifestPart, lines_of, read_records
from sesr_app.storage.place import Entry, Place, is_url

__all__ = ["Claim", "Entry", "ManifestPart", "Place", "is_url", "lines_of", "read_records"]

"""One job at a time in a folder: each says that it is there, and looks who else is."""

from __future__ import annotations

import json
import os
import platform
import threading
import time
import uuid
from contextlib import suppress
from types import TracebackType
from typing import Any

from sesr.errors import SesrError, UsageError
from sesr_app.storage.manifest import JOB_FOLDER
from sesr_app.storage.place import Place

_CLAIMS = f"{JOB_FOLDER}/claims"
_BEAT = 20.0
"""Seconds between two signs of life."""

_STALE = 90.0
"""Seconds without one after which a job counts as dead."""


class Claim:
    """Says in a folder that a job writes there, as long as it does.

    A job writes its claim before it looks for others, so of two that begin at the same moment at
    least one sees the other and gives way; both may. A job that was killed leaves a claim behind,
    which counts for 90 seconds more, and not at all for a process of this machine that is gone.

    Args:
        place: that results are written to.
        about: what to keep about the job: its settings.

    Attributes:
        job: the name of the job, of which no other has the same.

    Raises:
        UsageError: another job writes there.

    Example:
        >>> place = Place("memory://doctest/claim")
        >>> with Claim(place, {}):
        ...     with Claim(place, {}):
        ...         pass
        Traceback (most recent call last):
        ...
        sesr.errors.UsageError: memory://doctest/claim: another job writes there ...
    """

    def __init__(self, place: Place, about: dict[str, Any]) -> None:
        self.job = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + "-" + uuid.uuid4().hex[:8]
        self._place = place
        self._about = about
        self._ended = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="sesr-claim", daemon=True)

    def __enter__(self) -> Claim:
        """Claim the folder."""
        self._write()
        try:
            self._look()
            self._place.write(
                f"{JOB_FOLDER}/jobs/{self.job}.json", json.dumps(self._about).encode()
            )
        except BaseException:
            self._remove(self.job)
            raise
        self._beating.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it free."""
        self._ended.set()
        self._beating.join()
        self._remove(self.job)

    def _write(self) -> None:
        claim = {
            "job": self.job,
            "host": platform.node(),
            "process": os.getpid(),
            "alive": time.time(),
        }
        self._place.write(f"{_CLAIMS}/{self.job}.json", json.dumps(claim).encode())

    def _remove(self, job: str) -> None:
        # Left behind, it is stale soon.
        with suppress(SesrError):
            self._place.remove(f"{_CLAIMS}/{job}.json")

    def _look(self) -> None:
        for entry in self._place.entries(_CLAIMS):
            other = self._read(entry.name)
            if other is None or other["job"] == self.job:
                continue
            silent = time.time() - other["alive"]
            if silent > _STALE or _is_gone(other):
                self._remove(other["job"])
            else:
                raise UsageError(
                    f"{self._place.url}: another job writes there (process {other['process']} of "
                    f"{other['host']}, alive {max(silent, 0):.0f} s ago); wait for it, or give "
                    f"another folder; if it was killed, try again in {_STALE:.0f} s"
                )

    def _read(self, name: str) -> dict[str, Any] | None:
        """A claim; None where it has just been removed."""
        try:
            claim: dict[str, Any] = json.loads(self._place.read(f"{_CLAIMS}/{name}"))
        except (SesrError, ValueError):
            return None
        return claim

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT):
            # A store that is away for a moment ends no job.
            with suppress(SesrError):
                self._write()


def _is_gone(claim: dict[str, Any]) -> bool:
    """Whether a process of this machine has ended."""
    if claim["host"] != platform.node() or not hasattr(os, "kill") or os.name != "posix":
        return False
    try:
        os.kill(claim["process"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

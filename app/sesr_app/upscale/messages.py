"""What `sesr upscale` prints: a line an image for people or scripts, and a few at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sesr_app.terminal.text import printable
from sesr_app.upscale.plan.inputs import PassedOver, count_kinds
from sesr_app.upscale.work import Outcome

_NAMED_FAILURES = 5
"""So many files are named once more at the end; each had its line before."""


class Messages:
    """Prints what became of images.

    Args:
        as_json: one line of JSON an image.
        quiet: failures only.
    """

    def __init__(
        self, *, as_json: bool = False, quiet: bool = False, planning: bool = False
    ) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._planning = planning
        self._count = 0
        self._failed: list[str] = []

    @property
    def all_well(self) -> bool:
        """Whether nothing failed."""
        return not self._failed

    def outcome(self, outcome: Outcome) -> None:
        """One image is done, or planned."""
        self.record(outcome.as_json())

    def record(self, record: dict[str, Any]) -> None:
        """The same as the record that scripts get."""
        name, target, status = record["input"], record["output"], record["status"]
        self._count += 1
        for warning in record["warnings"]:
            self.warn(f"{name}: {warning}")
        if status == "failed":
            self._failed.append(name)
            self._complain(record["error"])
        if target == "-" and not self._planning:
            return
        if self._as_json:
            print(json.dumps(record), flush=True)
        elif status == "ok" and not self._quiet:
            print(f"{_shown(target)} {record['width']}x{record['height']}", flush=True)
        elif status == "planned":
            print(f"{_shown(name)} -> {_shown(target)}", flush=True)

    def skipped_in_plan(self, outcome: Outcome) -> None:
        """One image needs nothing; said only where the plan is all there is."""
        if self._as_json:
            print(json.dumps(outcome.as_json()), flush=True)
        else:
            print(f"{_shown(outcome.job.image.name)}: skipped, its result exists", flush=True)

    def warn(self, message: str) -> None:
        """Something that people should know."""
        self._complain(f"warning: {message}")

    def tell(self, message: str) -> None:
        """Something that is neither a failure nor a warning."""
        self._complain(message)

    def error(self, message: str, name: str) -> None:
        """Something failed that has no outcome."""
        self._failed.append(name)
        self._complain(message)

    def passed_over(self, items: Sequence[PassedOver]) -> None:
        """What was met and not taken."""
        if self._as_json:
            for item in items:
                line = {"input": str(item.path), "output": None, "status": "passed over"}
                print(json.dumps({**line, "error": item.reason}), flush=True)
        if self._quiet:
            return
        results = [item for item in items if item.kind == "result"]
        unread = [item for item in items if item.kind != "result"]
        if unread:
            them = "1 image is" if len(unread) == 1 else f"{len(unread)} images are"
            self._complain(f"{them} of a kind that is not read: {count_kinds(unread)}")
        if results:
            them = "1 result" if len(results) == 1 else f"{len(results)} results"
            self._complain(f"{them} of an earlier run left alone; --again takes these too")

    def summary(self) -> None:
        """The failures once more, where there was more than one image."""
        if not self._failed or self._count < 2:
            return
        named = ", ".join(self._failed[:_NAMED_FAILURES])
        others = len(self._failed) - _NAMED_FAILURES
        more = f" and {others} others" if others > 0 else ""
        self._complain(f"{len(self._failed)} of {self._count} images failed: {named}{more}")

    def _complain(self, message: str) -> None:
        print(f"sesr: {printable(message)}", file=sys.stderr, flush=True)


def _shown(name: Path | str | None) -> str:
    """As it is for scripts, and without what commands a terminal for people."""
    return printable(str(name)) if sys.stdout.isatty() else str(name)

"""What the page says, as HTML: nothing that a stranger wrote gets there as it is."""

from __future__ import annotations

from collections.abc import Sequence

from sesr_app.web.names import as_html
from sesr_app.web.work.interim import Interim

_LISTED = 8
"""So many failures are told one by one."""


def said(text: str, kind: str = "plain") -> str:
    """A message; screen readers read it out when it changes.

    Args:
        text: of anybody.
        kind: "plain", "good" or "bad".
    """
    return f'<p class="sesr-{kind}" role="status">{as_html(text)}</p>'


def listed(text: str, failures: Sequence[str]) -> str:
    """A message with what failed below it."""
    if not failures:
        return said(text, "good")
    rows = "".join(f"<li>{as_html(failure)}</li>" for failure in failures[:_LISTED])
    others = len(failures) - _LISTED
    if others > 0:
        rows += f"<li>and {others} others</li>"
    return f'{said(text, "bad")}<ul class="sesr-bad">{rows}</ul>'


def bar(step: Interim) -> str:
    """How far a job is."""
    share = 100 * step.done / step.total if step.total else 0
    label = as_html(step.label)
    return (
        f'<p class="sesr-plain">{label}</p>'
        f'<progress max="100" value="{share:.0f}" aria-label="{label}"></progress>'
    )

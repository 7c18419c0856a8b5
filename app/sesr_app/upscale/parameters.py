"""Words of the command line that the shell can complete, and the scale's many spellings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Scale(click.ParamType):  # type: ignore[type-arg]
    """2, 1.5, 150% or x3."""

    name = "scale"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number that is meant."""
        text = str(value).strip().lower()
        try:
            return float(text[:-1]) / 100 if text.endswith("%") else float(text.strip("x"))
        except ValueError:
            self.fail(f"{value!r} is no scale; give a number such as 2, 1.5 or 150%", param, ctx)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """Those that people want."""
        return _beginning(("2", "4", "3", "1.5", "8", "150%"), incomplete)


class FormatName(click.ParamType):  # type: ignore[type-arg]
    """A format that can be written; which there are is checked where they are known."""

    name = "text"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """All formats."""
        from sesr_app.images import FORMATS

        return _beginning((kind.name for kind in FORMATS), incomplete)


class CodecName(click.ParamType):  # type: ignore[type-arg]
    """A codec for videos; which there are is checked where they are known."""

    name = "text"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """All codecs."""
        from sesr_app.video import CODECS

        return _beginning(CODECS, incomplete)


class ModelName(click.ParamType):  # type: ignore[type-arg]
    """A shipped model, or the path of another."""

    name = "text"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """The shipped models, or files."""
        from sesr.catalog.shipped import shipped_models

        names = dict.fromkeys(model.card.variant for model in shipped_models())
        return _beginning(names, incomplete) or click.Path().shell_complete(ctx, param, incomplete)


def _beginning(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    # Loaded only while a shell asks.
    from click.shell_completion import CompletionItem

    return [CompletionItem(w) for w in words if w.lower().startswith(incomplete.lower())]

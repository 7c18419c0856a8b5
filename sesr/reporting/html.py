"""Reports as one HTML file that opens anywhere: nothing is loaded, nothing runs.

Text becomes HTML by `element` alone, which escapes it; only what is `Markup` already stays as it
is.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_STYLE = """
:root { color-scheme: light dark; --text: #1c2128; --page: #fff; --line: #d5dae1;
  --quiet: #59636e; --first: #1b6ca8; --second: #b8452d; --flag: #fff4d6 }
@media (prefers-color-scheme: dark) { :root { --text: #dfe4ea; --page: #15181c; --line: #3a424c;
  --quiet: #9aa5b1; --first: #6cb6f0; --second: #f0937c; --flag: #3a3013 } }
@media print { :root { color-scheme: light; --text: #000; --page: #fff; --line: #bbb;
  --quiet: #444; --first: #1b6ca8; --second: #b8452d; --flag: #fff } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2; overflow-wrap: anywhere } h2 { margin-top: 2.5rem }
code, pre { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left;
  vertical-align: top } td, td code { white-space: nowrap } thead th { border-bottom-width: 2px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dd { margin: 0 }
dt, figcaption, .quiet { color: var(--quiet) } figure { margin: 1rem 0; break-inside: avoid }
.flags li { background: var(--flag); padding: .3rem .6rem; margin: .3rem 0 }
.strip { display: flex; flex-wrap: wrap; gap: 1rem; break-inside: avoid; margin: 1rem 0 }
.strip figure { margin: 0; width: 12rem } .strip img { width: 100%; height: auto;
  image-rendering: pixelated }
svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: var(--text) }
svg .axis, svg .edge { fill: none; stroke: var(--quiet) } svg .edge { stroke: var(--first) }
svg .grid { stroke: var(--line) } svg .first { fill: var(--first) }
svg .second { fill: var(--second) } tr, li { break-inside: avoid }
"""

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for a report: what stands in it."""

_VOID = frozenset({"br", "img", "meta"})
"""Elements without content."""

_QUALITY = 90
"""Of embedded pictures, as WebP."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, *content: object, **attributes: object) -> Markup:
    """One element of HTML or SVG.

    Args:
        tag: its name.
        content: texts and other elements; what is no `Markup` is escaped.
        attributes: a trailing underscore is dropped (`class_`), others become hyphens.

    Example:
        >>> element("p", "a < b, ", element("b", 1), class_="note")
        '<p class="note">a &lt; b, <b>1</b></p>'
    """
    named = (
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
    )
    start = f"<{tag}{''.join(named)}>"
    return Markup(start if tag in _VOID else f"{start}{joined(*content)}</{tag}>")


def joined(*content: object) -> Markup:
    """Texts and elements one after the other; what is no `Markup` is escaped."""
    return Markup("".join(c if isinstance(c, Markup) else escape(str(c)) for c in content))


def section(title: str, *content: object) -> Markup:
    """A part of a page under a title; nothing where it has no content."""
    return element("section", element("h2", title), *content) if any(content) else Markup("")


def grid(header: Sequence[object], rows: Sequence[Sequence[object]]) -> Markup:
    """A table whose first column names the rows."""
    head = element("tr", *(element("th", cell, scope="col") for cell in header))
    body = (
        element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in rest))
        for first, *rest in rows
    )
    whole = element("table", element("thead", head), element("tbody", *body))
    return element("div", whole, class_="wide")


def facts(values: Mapping[str, object]) -> Markup:
    """Names with their values."""
    return element(
        "dl",
        *(joined(element("dt", name), element("dd", value)) for name, value in values.items()),
    )


def bullets(lines: Sequence[object], kind: str = "") -> Markup:
    """A list; `kind` is "flags" for warnings."""
    return element("ul", *(element("li", line) for line in lines), class_=kind)


def picture(pixels: npt.NDArray[np.uint8], text: str, caption: object) -> Markup:
    """An image (H, W, 3) inside the page, with a caption under it.

    Args:
        pixels: RGB.
        text: what is seen, for those who do not see it.
        caption: text or element.
    """
    from PIL import Image

    data = BytesIO()
    Image.fromarray(pixels).save(data, "WEBP", quality=_QUALITY)
    source = f"data:image/webp;base64,{b64encode(data.getvalue()).decode()}"
    height, width = pixels.shape[:2]
    shown = element("img", src=source, alt=text, width=width, height=height)
    return element("figure", shown, element("figcaption", caption))


def page(title: str, *content: object) -> bytes:
    """A whole file.

    Example:
        >>> b"<h1>A &amp; B</h1>" in page("A & B")
        True
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(_STYLE)),
    )
    body = element("body", element("main", element("h1", title), *content))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode(
        errors="backslashreplace"
    )


def share(value: Any) -> str:
    """A share of 1 as percent.

    Example:
        >>> share(0.4567)
        '45.7%'
    """
    return f"{value:.1%}"

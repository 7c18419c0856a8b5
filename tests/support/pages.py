"""Reading the HTML that the project writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_LOADING = {"src", "srcset", "data", "poster", "action"}
"""Attributes whose address a browser follows by itself."""


@dataclass(slots=True)
class Seen:
    """What stands in a page.

    Attributes:
        text: outside of style and script.
        cells: of all tables, in their order.
        tags: of every element.
        loaded: addresses that a browser loads by itself.
        links: addresses that a person can follow.
        anchors: that an address can end in.
        code: what styles and scripts hold.
    """

    text: str = ""
    cells: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    code: str = ""


def read_page(content: str, *, strict: bool = True) -> Seen:
    """Parse a page.

    Args:
        content: of the file.
        strict: every element must be closed, in the right order.
    """
    parser = _Parser(strict=strict)
    parser.feed(content)
    parser.close()
    assert not strict or parser.open == [], f"not closed: {parser.open}"
    return parser.seen


class _Parser(HTMLParser):
    def __init__(self, *, strict: bool) -> None:
        super().__init__()
        self.seen = Seen()
        self.open: list[str] = []
        self.strict = strict

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, {name: value or "" for name, value in attrs})
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if self.strict:
            assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-3:]}"
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.open[-1:] in (["style"], ["script"]):
            self.seen.code += data
            return
        self.seen.text += data
        if self.seen.cells and {"td", "th"} & set(self.open):
            self.seen.cells[-1] += data

    def _note(self, tag: str, attributes: dict[str, str]) -> None:
        self.seen.tags.append(tag)
        if tag in ("td", "th"):
            self.seen.cells.append("")
        self.seen.anchors |= {attributes[name] for name in ("id", "name") if name in attributes}
        self.seen.loaded += [value for name, value in attributes.items() if name in _LOADING]
        self.seen.code += attributes.get("style", "")
        if "href" in attributes:
            followed = self.seen.links if tag == "a" else self.seen.loaded
            followed.append(attributes["href"])


def assert_stands_alone(seen: Seen) -> None:
    """Nothing is loaded and nothing runs."""
    assert all(address.startswith("data:image/webp;base64,") for address in seen.loaded)
    assert "script" not in seen.tags
    assert "http" not in seen.code
    assert "url(" not in seen.code
    assert not seen.links

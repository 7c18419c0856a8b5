"""The reference of the commands, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from sesr_app.commands import COMMANDS, app
from sesr_app.examples import EXAMPLES, EXIT_CODES

FOLDER = "reference/commands"


def command_pages() -> dict[str, str]:
    """Markdown of every page by its path: one a command, and one that lists them."""
    pages = {f"{FOLDER}/index.md": _index()}
    for name in COMMANDS:
        pages[f"{FOLDER}/{name}.md"] = "\n".join(_page(name))
    return pages


def command_navigation() -> list[str]:
    """The pages in the order of `sesr --help`."""
    return [f"{FOLDER}/index.md", *(f"{FOLDER}/{name}.md" for name in COMMANDS)]


def _index() -> str:
    rows = [
        f"| [`sesr {name}`]({name}.md) | {_plain(_of(app, name).get_short_help_str(200))} |"
        for name in COMMANDS
    ]
    return "\n".join(
        [
            "# Commands",
            "",
            "Every command, from its own `--help`. All take `-h` and `--help`; `sesr --version` "
            "prints the version.",
            "",
            *("| command | what it does |", "|---|---|"),
            *rows,
            "",
            "## Exit codes",
            "",
            *("| code | meaning |", "|---|---|"),
            *(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES),
            "",
        ]
    )


def _page(name: str) -> Iterator[str]:
    command = _of(app, name)
    yield from _described(command, f"sesr {name}", "#")
    if examples := EXAMPLES.get(name):
        yield from ("", "## Examples", "", "```sh")
        yield from (f"{line}  # {meaning}" if meaning else line for line, meaning in examples)
        yield "```"
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            yield ""
            yield from _described(_of(command, inner), f"sesr {name} {inner}", "##")
    yield ""


def _described(command: click.Command, path: str, level: str) -> Iterator[str]:
    """What a command is told and does; of a group without its commands."""
    context = click.Context(command, info_name=path)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from (f"{level} {path}", "", f"`{usage}`", "")
    yield from (_plain(part) + "\n" for part in _paragraphs(command.help or ""))
    yield from ("| option | meaning |", "|---|---|")
    for parameter in command.get_params(context):
        if record := parameter.get_help_record(context):
            yield f"| {_option(record[0])} | {_plain(record[1])} |"


def _of(group: click.Group, name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    if found is None:
        raise LookupError(f"{group.name} has no command {name!r}")
    return found


def _paragraphs(text: str) -> list[str]:
    """Click fills paragraphs; a page does too, but for those marked to stay."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _option(text: str) -> str:
    """`-o`, `--output PATH` without a break inside a name."""
    return ", ".join(f"`{part.strip()}`" for part in text.replace("|", "\\|").split(", "))


def _plain(text: str) -> str:
    """Text without meaning to Markdown, but for what stands in backticks."""
    parts = text.replace("|", "\\|").split("`")
    return "`".join(part if n % 2 else _escaped(part) for n, part in enumerate(parts))


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([*_\[\]{}#])", r"\\\1", text)

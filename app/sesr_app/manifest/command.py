"""`sesr manifest`."""

from __future__ import annotations

import click


@click.command
@click.argument("folder")
@click.option("--check", is_flag=True, help="Read every result, and compare its SHA-256.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every line in full.")
def manifest(folder: str, check: bool, as_json: bool) -> None:
    """Tell what became of the images of `sesr upscale` in FOLDER, a path or URL.

    How many came out and how long they took, which failed and why, and which results are gone
    since. The exit code is 1 where one failed, is missing or is another than was written.
    """
    from sesr_app.manifest.audit import audit
    from sesr_app.manifest.page import page_of
    from sesr_app.storage import Place
    from sesr_app.terminal.progress import progress_bar

    place = Place(folder)
    with progress_bar(lines=True) as advance:
        found = audit(place, check=check, advance=advance)
    click.echo(found.as_json() if as_json else page_of(place.url, found))
    if not found.all_well:
        raise SystemExit(1)

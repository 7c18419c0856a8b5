"""`sesr web`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click


@click.command
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="[default: a free one from 7860]")
@click.option("--open", is_flag=True, help="Show the page in a browser.")
@click.option(
    "--password",
    envvar="SESR_WEB_PASSWORD",
    help="That visitors need; better in the environment as SESR_WEB_PASSWORD.",
)
@click.option("--no-password", is_flag=True, help="Let in everybody who reaches --host.")
@click.option(
    "--weights", type=click.Path(path_type=Path), help="Folder with weights of known classifiers."
)
@click.option(
    "--max-file-megabytes", default=100.0, show_default=True, help="Of one uploaded file."
)
@click.option("--max-megapixels", default=60.0, show_default=True, help="Of one photograph.")
@click.option("--max-result-megapixels", default=250.0, show_default=True, help="Of a result.")
@click.option("--max-files", default=50, show_default=True, help="Photographs at a time.")
@click.option("--max-waiting", default=20, show_default=True, help="Jobs in the queue.")
@click.option("--max-minutes", default=10.0, show_default=True, help="That one job may take.")
@click.option(
    "--max-memory-gigabytes", default=4.0, show_default=True, help="Of an attack or an export."
)
@click.option("--max-disk-gigabytes", default=8.0, show_default=True, help="Of all files.")
@click.option(
    "--keep-minutes",
    default=60.0,
    show_default=True,
    help="After which the files of a visitor who does nothing are deleted.",
)
def web(**options: Any) -> None:
    """Show a page in the browser: upscale, defend, export, and see what each is worth.

    Nothing leaves the machine, and what visitors send is deleted when they close the page. Only
    this machine reaches it, unless --host says otherwise, and then it needs a password.
    """
    from sesr_app.terminal.native import keep_freed_memory, keep_native_code_quiet

    keep_freed_memory()
    keep_native_code_quiet()
    from sesr_app.web.address import Address
    from sesr_app.web.limits import Limits
    from sesr_app.web.run import run_page

    weights = options.pop("weights")
    limits = Limits(**{field.name: options.pop(field.name) for field in fields(Limits)})
    run_page(Address(**options), limits, weights)

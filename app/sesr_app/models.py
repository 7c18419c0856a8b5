"""`sesr models`."""

from __future__ import annotations

import click


@click.command
def models() -> None:
    """List the trained models that come with the package."""
    from sesr.catalog.card import COLORS
    from sesr.catalog.shipped import shipped_models

    sets = ("Set5", "Set14", "BSD100")
    header = ("model", "scale", "colour", "parameters", "MACs at 720p", *(f"{s} dB" for s in sets))
    rows = [header]
    for model in shipped_models():
        card = model.card
        scores = (card.benchmarks.get(name, {}).get("psnr") for name in sets)
        rows.append(
            (
                card.variant,
                f"x{card.scale}",
                COLORS[card.channels],
                f"{card.parameters:,}",
                f"{card.macs_720p / 1e9:.2f} G",
                *("-" if score is None else f"{score:.2f}" for score in scores),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    for row in rows:
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())

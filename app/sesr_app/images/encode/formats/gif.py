"""Writing GIF files: 256 colours a frame, and pixels that are either there or not."""

from __future__ import annotations

from typing import IO, Any

import numpy as np

from sesr_app.images.encode.formats.pillow import accepted_notes, canvas, save_animation
from sesr_app.images.encode.output import Output

VISIBLE = 128
"""Alpha from which a pixel is there."""

KEY = 255
"""Index of the colour of those that are not."""


def write(file: IO[bytes], output: Output) -> None:
    """Write an image or an animation."""
    settings: dict[str, Any] = accepted_notes(output)
    if output.count == 1:
        image = _with_key(canvas(next(output.frames)))
        if "transparency" in image.info:
            # Taken apart and packed anew, the palette could lose the key.
            settings["optimize"] = False
        image.save(file, output.kind.pillow, **settings)
        return
    # GIF counts repetitions, and shows an animation once if it says nothing.
    settings |= {} if output.plays == 1 else {"loop": max(output.plays - 1, 0)}
    save_animation(file, output, settings | {"disposal": 2}, _with_key)


def _with_key(image: Any) -> Any:
    """An image with transparency as a palette with a key; every other as it is.

    Colours are chosen among what is visible, so that no hidden one shows at the edges.
    """
    from PIL import Image

    if image.mode not in ("LA", "RGBA"):
        return image
    rgba = np.array(image.convert("RGBA"))
    hidden = rgba[..., 3] < VISIBLE
    if not hidden.any():
        return image.convert("RGB")
    visible = rgba[~hidden][:, :3]
    # Hidden pixels take a visible colour, so as not to use up the palette.
    rgba[hidden, :3] = visible[0] if len(visible) else 0
    chosen = Image.fromarray(rgba[..., :3]).convert("P", palette=Image.Palette.ADAPTIVE, colors=KEY)
    palette = (chosen.getpalette() or [])[: 3 * KEY]
    indexes = np.array(chosen)
    indexes[hidden] = KEY
    out = Image.fromarray(indexes)
    out.putpalette(palette + [0] * (768 - len(palette)))
    out.info["transparency"] = KEY
    return out

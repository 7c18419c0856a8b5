"""How the page looks: fonts of the system, light and dark as the browser is, and readable."""

from __future__ import annotations

from typing import Any

import gradio as gr

_FONT, _MONO = ("system-ui", "sans-serif"), ("ui-monospace", "monospace")

CSS = """
.sesr-good, .sesr-plain, .sesr-bad { margin: 0; overflow-wrap: anywhere; }
.sesr-bad { border-inline-start: 4px solid #b3261e; padding-inline-start: .6em; }
.sesr-good { border-inline-start: 4px solid #1b7f3b; padding-inline-start: .6em; }
progress { width: 100%; }
.min_value, .max_value, .or { color: var(--body-text-color-subdued) !important; }
/* A button with a field inside, which no screen reader gets right. */
[aria-label="common.upload"] { display: none !important; }
.sesr-charts { display: flex; flex-wrap: wrap; gap: 1em; }
.sesr-charts figure { flex: 1 1 340px; margin: 0; }
.sesr-charts svg { width: 100%; }
.sesr-charts text { fill: currentColor; font-size: 13px; text-anchor: middle; }
.sesr-charts text.start { text-anchor: start; }
.sesr-charts text.end { text-anchor: end; }
.sesr-charts .axis { fill: none; stroke: currentColor; opacity: .6; }
.sesr-charts .y { fill: #2f6fdb; }
.sesr-charts .rgb { fill: #b3561e; }
.sesr-charts a:focus circle, .sesr-charts a:hover circle { stroke: currentColor; stroke-width: 3; }
.sesr-card { display: none; }
.sesr-card:target { display: block; }
.sesr-card td { overflow-wrap: anywhere; }
.sesr-table, .sesr-card table {
  display: block; overflow-x: auto; border: 0 !important; padding: 0;
}
:is(.sesr-table, .sesr-card) :is(tr, th, td) {
  border: 0 !important; border-block-end: 1px solid var(--border-color-primary) !important;
  text-align: start;
}
@media (max-width: 480px) {
  .tab-container button { padding: 0 .55em !important; }
}
"""

HEAD = """
<meta name="color-scheme" content="light dark">
<script>
// Gradio leaves these without a name for screen readers.
const names = {
  "#upscale-place button": "Choose the detail: click into the photograph",
};
const nameThem = () => Object.entries(names).forEach(([what, name]) =>
  document.querySelectorAll(what + ":not([aria-label])").forEach(
    (found) => found.setAttribute("aria-label", name)));
new MutationObserver(nameThem).observe(document, {childList: true, subtree: true});
</script>
"""


def theme() -> Any:
    """Gradio's plainest theme, with nothing from elsewhere and enough contrast."""
    plain = gr.themes.Base(font=_FONT, font_mono=_MONO)
    return plain.set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_200",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
    )

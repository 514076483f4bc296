"""Appearance of panels, hints, boards and pages: symbols, the palette in light and dark, style sheets.

One CSS property decides between light and dark: `color-scheme`. Inside a notebook the theme of JupyterLab,
Colab or VS Code sets it. A page with the class `rc-both` sets it itself, to `light dark` for the reader's
system; everywhere else a page counts as light. Figures follow it too (`kerascheck.feedback.svg`).
"""

from __future__ import annotations

from collections.abc import Mapping

from kerascheck.evidence.evidence import ENDED, NOT_RUN, STOPS, TOO_MUCH_MEMORY, TOO_SLOW
from kerascheck.judge.verdict import ERROR, INCORRECT, NOT_ATTEMPTED, PASSED

SYMBOLS = {
    PASSED: "✓",
    INCORRECT: "✗",
    ERROR: "!",
    NOT_ATTEMPTED: "○",
    TOO_SLOW: "∞",
    TOO_MUCH_MEMORY: "▲",
    ENDED: "†",
    NOT_RUN: "–",
}
PALETTE = {  # name of a CSS variable: its colour on light and on dark pages
    "page": ("#f6f8fa", "#12161c"),
    "card": ("#ffffff", "#1b212a"),
    "ink": ("#1b1f24", "#e8ecf1"),
    "quiet": ("#4f5862", "#a9b4c0"),
    "edge": ("#d0d7de", "#3a434f"),
    "tint": ("#eaeef2", "#2c3541"),
    "link": ("#0b5cad", "#7db8f0"),
    "bar": ("#0072b2", "#56b4e9"),
    "mark": ("#ffe9a8", "#5a4400"),
    "mark-edge": ("#a86500", "#e9b949"),
    "warn": ("#fff4e5", "#3a2c12"),
    "good": ("#00604b", "#63d3b4"),
    "bad": ("#9a3b00", "#ffab70"),
    "error": ("#8f2d67", "#f0a3cd"),
    "stopped": ("#5a3e9b", "#c3adf5"),
}
COLOURS = {  # outcome: its colour
    PASSED: "good",
    INCORRECT: "bad",
    ERROR: "error",
    NOT_ATTEMPTED: "quiet",
    **dict.fromkeys(STOPS, "stopped"),
}
DARK_THEMES = (
    'body[data-jp-theme-light="false"]',  # JupyterLab and Notebook 7
    "html[theme=dark]",  # an output of Colab
    "body.vscode-dark",
)


def variables(selector: str, palette: Mapping[str, tuple[str, str]] = PALETTE) -> str:
    """CSS that defines the palette as `--rc-...` under `selector`: light where a browser is too old."""
    light = "".join(f"--rc-{name}:{pair[0]};" for name, pair in palette.items())
    both = "".join(f"--rc-{name}:light-dark({','.join(pair)});" for name, pair in palette.items())
    return f"{selector}{{{light}}}@supports (color:light-dark(red,red)){{{selector}{{{both}}}}}"


def themed(selector: str) -> str:
    """CSS that makes `selector` light or dark as the page around it is."""
    dark = ",".join(f"{theme} {selector}" for theme in DARK_THEMES)
    return (
        f"{selector}{{color-scheme:light}}{dark}{{color-scheme:dark}}"
        f".rc-both {selector}{{color-scheme:inherit}}"
    )


def accent(outcome: str) -> str:
    """An inline style with the colour of an outcome."""
    return f"--rc:var(--rc-{COLOURS[outcome]})"


# A figure shrinks until its smallest text has 11 pixels (`min-width`, in its own style); then its
# frame scrolls.
FIGURE_STYLE = (
    themed(".rc-figure")
    + """
.rc-figure,.rc-wide{overflow-x:auto;max-width:100%}
.rc-figure:focus-visible,.rc-wide:focus-visible{outline:3px solid #0072b2;outline-offset:2px}
.rc-figure img{display:block;height:auto!important;margin:0}
""".replace("\n", "")
)

PANEL_STYLE = """
.rc-panel{border:1px solid var(--rc-edge);border-left:6px solid var(--rc);border-radius:6px;
background:var(--rc-card);color:var(--rc-ink);padding:.7em 1em;margin:.4em 0;max-width:52em;
overflow-wrap:break-word;font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.rc-head{display:flex;flex-wrap:wrap;gap:0 .6em;align-items:baseline;font-weight:600;color:var(--rc)}
.rc-head{overflow-wrap:anywhere}.rc-mark{font-size:1.15em}.rc-head .rc-words{flex:1 1 14em;min-width:0}
.rc-points{margin-left:auto}
.rc-aspects{display:flex;flex-wrap:wrap;gap:.4em;list-style:none;
margin:.5em 0 .2em!important;padding:0!important}
.rc-aspects li{border:1px solid var(--rc-edge);border-radius:1em;padding:0 .7em;font-size:13px;
background:var(--rc-page);color:var(--rc-ink);list-style:none}
.rc-first{margin:.5em 0 .2em;font-size:15px}.rc-why{margin:.2em 0 .4em}
.rc-panel ul.rc-choices{list-style:none;margin:.3em 0 .5em!important;padding:0!important}
.rc-choices li{padding:.15em .6em;border-left:3px solid transparent}
.rc-choices b{display:inline-block;min-width:1.2em}
.rc-choices .rc-chosen{border-left-color:var(--rc);background:var(--rc-page)}
.rc-panel .rc-hint{margin:.3em 0 .5em;color:var(--rc-quiet)}
.rc-panel p,.rc-panel li{color:var(--rc-ink)}
.rc-panel code,.rc-panel pre{background:var(--rc-tint)!important;
color:var(--rc-ink)!important;border-radius:3px;padding:0 .25em;font-size:13px;white-space:pre-wrap}
.rc-panel pre{padding:.4em .6em;overflow:auto}
.rc-panel details{margin:.3em 0}.rc-panel summary{cursor:pointer;color:var(--rc-link)}
.rc-panel ul.rc-more{margin:.3em 0 .3em 1.2em;padding:0}
.rc-panel .rc-call{color:var(--rc-quiet);font-size:12.5px}
.rc-panel table{display:table;table-layout:auto!important;border-collapse:collapse;margin:.4em 0;
font-size:13px;color:var(--rc-ink);background:var(--rc-card)}
.rc-panel th,.rc-panel td{text-align:left!important;padding:.1em .8em .1em 0;border:0;
white-space:normal!important;overflow:visible!important;
color:var(--rc-ink);background:var(--rc-card)!important}
.rc-panel td.rc-n{font-family:ui-monospace,Menlo,Consolas,monospace}
.rc-panel td.rc-name code{white-space:nowrap}
""".replace("\n", "")

STYLE = variables(".rc-panel") + themed(".rc-panel") + PANEL_STYLE + FIGURE_STYLE

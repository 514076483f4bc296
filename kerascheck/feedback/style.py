"""Appearance of panels, hints and boards: symbols and colours of outcomes, and the style sheet."""

from __future__ import annotations

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
COLOURS = {
    PASSED: "#00725a",
    INCORRECT: "#a84300",
    ERROR: "#8f2d67",
    NOT_ATTEMPTED: "#4a5568",
    **dict.fromkeys(STOPS, "#5a3e9b"),
}

STYLE = """
.rc-panel{border:1px solid #cbd5e0;border-left:6px solid var(--rc);border-radius:6px;
background:#fff;color:#1a202c;padding:.7em 1em;margin:.4em 0;max-width:52em;
font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.rc-head{display:flex;gap:.6em;align-items:baseline;font-weight:600;color:var(--rc)}
.rc-mark{font-size:1.15em}.rc-points{margin-left:auto;white-space:nowrap}
.rc-aspects{display:flex;flex-wrap:wrap;gap:.4em;list-style:none;
margin:.5em 0 .2em!important;padding:0!important}
.rc-aspects li{border:1px solid #cbd5e0;border-radius:1em;padding:0 .7em;font-size:13px;
background:#f7fafc;color:#1a202c;list-style:none}
.rc-first{margin:.5em 0 .2em;font-size:15px}.rc-why{margin:.2em 0 .4em;color:#2d3748}
.rc-panel code,.rc-panel pre{background:#edf2f7!important;
color:#1a202c!important;border-radius:3px;padding:0 .25em;font-size:13px}
.rc-panel pre{padding:.4em .6em;overflow:auto}
.rc-panel details{margin:.3em 0}.rc-panel summary{cursor:pointer;color:#2c5282}
.rc-panel ul.rc-more{margin:.3em 0 .3em 1.2em;padding:0}.rc-call{color:#4a5568;font-size:12.5px}
.rc-panel table{border-collapse:collapse;margin:.4em 0;font-size:13px;color:#1a202c;background:#fff}
.rc-panel th,.rc-panel td{text-align:left!important;padding:.1em .8em .1em 0;border:0;
color:#1a202c;background:#fff!important}
.rc-panel td.rc-n{font-family:ui-monospace,Menlo,Consolas,monospace}
""".replace("\n", "")

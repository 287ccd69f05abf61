"""Views of networks as HTML."""

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "_static"
PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Live</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="live.css">
<script defer src="live_networks.js"></script>
<script defer src="live.js"></script>
<body>{}</body></html>
"""

# The parts of view.html that differ. Heights are in pixels.
VIEWS = {
    "digits": {
        "network": "digits", "label": "A network for digits", "channel_noun": "pixels",
        "noise_unit": "%", "input_height": 128, "network_height": 128, "evidence_height": 214,
        "energy_note": '<dd class="live-note">perceptron<span class="live-wide"> as accurate'
                       '</span>: <span data-part="perceptron"></span> nJ</dd>'},
    "own": {
        "network": "digits", "label": "A network that learns your hand",
        "evidence_height": 274, "energy_note": ""},
    "syllables": {
        "network": "syllables", "label": "A network for syllables", "channel_noun": "channels",
        "noise_unit": "Hz", "input_height": 120, "network_height": 120, "evidence_height": 172,
        "energy_note": ""}}
SIMPLE = {"own"}  # views without rasters and sliders


def view(name):
    """Return the view of a network as HTML."""
    values = {"name": name, **VIEWS[name], "controls": "", "rasters": ""}
    more = [] if name in SIMPLE else ["controls", "rasters"]
    for part in ["pad", name, *more, "view"]:  # each may contain earlier ones
        text = (HERE / f"{part}.html").read_text(encoding="utf-8").rstrip("\n")
        values["input" if part == name else part] = text.format(**values)
    return values["view"]


def write_page(folder):
    """Write a page that has all views, and nothing of the documentation."""
    for name in ("live.js", "live.css"):
        shutil.copy(STATIC / name, folder)
    (folder / "index.html").write_text(
        PAGE.format("\n".join(view(name) for name in VIEWS)), encoding="utf-8")

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

# the parts of view.html that differ. Heights are in pixels
VIEWS = {
    "digits": {
        "label": "A network for digits", "channel_noun": "pixels", "noise_unit": "%",
        "noise_most": 50, "input_height": 128, "network_height": 144, "evidence_height": 214,
        "start_steps": 30,  # as accurate as all 50, for less energy
        "energy_note": '<dd class="live-note">perceptron of this size: '
                       '<span data-part="perceptron"></span> nJ</dd>'},
    "syllables": {
        "label": "A network for syllables", "channel_noun": "channels", "noise_unit": "Hz",
        "noise_most": 50, "input_height": 120, "network_height": 120, "evidence_height": 172,
        "start_steps": "", "energy_note": ""}}


def view(name):
    """Return the view of a network as HTML."""
    template, part = (
        (HERE / f"{file}.html").read_text(encoding="utf-8") for file in ("view", name))
    return template.format(name=name, input=part.rstrip("\n"), **VIEWS[name])


def write_page(folder):
    """Write a page that has both views, and nothing of the documentation."""
    for name in ("live.js", "live.css"):
        shutil.copy(STATIC / name, folder)
    (folder / "index.html").write_text(
        PAGE.format("\n".join(view(name) for name in VIEWS)), encoding="utf-8")

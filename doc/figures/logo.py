"""Logo and icon of the pages: a raster of three neurons, whose last spikes decide together.

``python doc/figures/logo.py`` writes ``doc/_static/logo.svg``.
"""

from pathlib import Path

from skspike.inspection import palette

LOGO = Path(__file__).resolve().parents[1] / "_static" / "logo.svg"
BLUE, ORANGE = palette(2)
TRAINS = (2, 23, 48), (13, 34, 48), (5, 27, 48)


def logo():
    """Return the logo as SVG."""
    ticks = [
        f'  <rect x="{time}" y="{2 + 20 * row}" width="9" height="16" rx="2" '
        f'fill="{ORANGE if time == 48 else BLUE}"/>'
        for row, train in enumerate(TRAINS) for time in train]
    return "\n".join(
        ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60">', *ticks, "</svg>\n"])


if __name__ == "__main__":
    LOGO.write_text(logo(), encoding="utf-8")

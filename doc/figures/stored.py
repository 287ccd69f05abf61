"""Pictures that are stored: the logo, also the icon of the pages, and the picture of the README.

``python doc/figures/stored.py`` writes them to ``doc/_static/``.
"""

from pathlib import Path

import exercise
import matplotlib.pyplot as plt

from skspike.inspection import palette

STATIC = Path(__file__).resolve().parents[1] / "_static"
BLUE, ORANGE = palette(2)
TRAINS = (2, 23, 48), (13, 34, 48), (5, 27, 48)  # spikes of three neurons. The last ones decide


def logo():
    """Return the logo as SVG: a raster of three neurons, whose last spikes come together."""
    ticks = [
        f'  <rect x="{time}" y="{2 + 20 * row}" width="9" height="16" rx="2" '
        f'fill="{ORANGE if time == 48 else BLUE}"/>'
        for row, train in enumerate(TRAINS) for time in train]
    return "\n".join(
        ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60">', *ticks, "</svg>\n"])


if __name__ == "__main__":
    (STATIC / "logo.svg").write_text(logo(), encoding="utf-8")
    exercise.wide()
    plt.savefig(STATIC / "exercise.png", dpi=160, transparent=True)

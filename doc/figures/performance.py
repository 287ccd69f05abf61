"""Speed: time of an epoch in each library."""

from look import GREY, subplots
from tables import cells

from skspike.inspection import palette

BLUE = palette(1)[0]
LIBRARIES = (
    "skspike", "snntorch", "spikingjelly", "norse", "sinabs", "spyx", "torch loop", "JAX scan")


def number(cell):
    """Return the time at the start of a cell."""
    return float(cell.split()[0].replace(",", ""))


def training():
    """Draw the time of an epoch in each library, for the three sizes of network."""
    _, axes = subplots(3, 1, height=6.6)
    for size, ax in zip("ABC", axes, strict=True):
        case = cells("speed", f"{size}: 1024", "case")[0]
        times = [number(cells("speed", f"{size}: 1024", f"{name}, ms")[0]) for name in LIBRARIES]
        bars = ax.barh(LIBRARIES, times, color=[BLUE] + [GREY] * (len(LIBRARIES) - 1))
        ax.bar_label(bars, fmt="{:,.0f}", padding=3)
        ax.set(title=case, xlim=(0, 1.15 * max(times)))
        ax.invert_yaxis()
    axes[-1].set_xlabel("ms per epoch, one thread")

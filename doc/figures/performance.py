"""Figures of the tables on the page on speed."""

from look import GREY, subplots
from tables import cells

from skspike.inspection import palette

BLUE, ORANGE = palette(2)
LIBRARIES = (
    "skspike", "snntorch", "spikingjelly", "norse", "sinabs", "spyx", "torch loop", "JAX scan")


def number(cell):
    """Return the time at the start of a cell."""
    return float(cell.split()[0].replace(",", ""))


def training():
    """Draw the time of an epoch in each library, for the three sizes of network."""
    _, axes = subplots(3, 1, height=6.6)
    for size, ax in zip("ABC", axes, strict=True):
        case = cells("speed.md", f"{size}: 1024", "case")[0]
        times = [number(cells("speed.md", f"{size}: 1024", f"{name}, ms")[0]) for name in LIBRARIES]
        bars = ax.barh(LIBRARIES, times, color=[BLUE] + [GREY] * (len(LIBRARIES) - 1))
        ax.bar_label(bars, fmt="{:,.0f}", padding=3)
        ax.set(title=case, xlim=(0, 1.15 * max(times)))
        ax.invert_yaxis()
    axes[-1].set_xlabel("ms per epoch, one thread")


def growth():
    """Draw the times of transform and of an epoch by numbers of steps, neurons and samples."""
    _, axes = subplots(1, 3, height=2.9, sharey=True)
    for ax, what in zip(axes, ("steps", "neurons", "samples"), strict=True):
        for row, colour in (("transform", BLUE), ("an epoch", ORANGE)):
            sizes = cells("speed.md", f"{row} {what}", "sizes")[0].removeprefix(what).split(",")
            times = cells("speed.md", f"{row} {what}", "ms")[0].split("/")
            ax.loglog(
                [int(size) for size in sizes], [float(time) for time in times], "o-", color=colour,
                label=row)
        ticks = [int(size) for size in sizes][::3]
        ax.set_xticks(ticks, ticks)
        ax.minorticks_off()
        ax.set_xlabel(what)
    axes[0].set_ylabel("ms")
    axes[1].legend(loc="lower right")


def density():
    """Draw the time of transform by the share of steps with a spike, next to a matrix product."""
    _, ax = subplots(1, 1, height=3)
    cases = cells("speed.md", "B, p", "case")
    p = [float(case.split("=")[1]) for case in cases]
    for name, colour in (("skspike", BLUE), ("product + scan (numba)", GREY)):
        ax.plot(
            p, [number(cell) for cell in cells("speed.md", "B, p", f"{name}, ms")], "o-",
            color=colour, label=name)
    ax.set(xlabel="share of steps with a spike", ylabel="ms", ylim=(0, None))
    ax.legend(loc="lower center")

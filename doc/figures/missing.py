"""A series with gaps, and what an encoder reads instead of them."""

import numpy as np
from look import GREY, subplots

from skspike import SpikeEncoder
from skspike.coding import Direct
from skspike.inspection import palette

GAPS = slice(0, 6), slice(30, 42), slice(74, 80)


def filled():
    """Draw a series, and the currents of both rules that fill its gaps."""
    t = np.arange(80)
    complete = np.sin(t / 7) + 0.4 * np.sin(t / 2.5)
    series = complete.copy()
    for gap in GAPS:
        series[gap] = np.nan
    _, axes = subplots(2, 1, height=4, sharex=True)
    for ax, way in zip(axes, ("hold", "interpolate"), strict=True):
        encoder = SpikeEncoder(Direct(), missing=way).fit(series[None, None])
        currents = encoder.transform(series[None, None])[0, 0]
        ax.plot(t, encoder.transform(complete[None, None])[0, 0], color=GREY, linestyle=":")
        ax.plot(t, np.where(np.isnan(series), np.nan, currents), color=palette(2)[0])
        for gap in GAPS:
            ax.plot(t[gap], currents[gap], ".", color=palette(2)[1])
        ax.set(title=f'missing="{way}"', ylabel="current")
    axes[-1].set_xlabel("time step (dotted: the values that are missing)")

"""Samples of two classes, and one recording in time steps of three lengths."""

import numpy as np
from look import GREY, show_spikes, subplots

from skspike.datasets import make_order
from skspike.inspection import palette
from skspike.io import from_spike_times

COLOURS = palette(2)
SMOOTH = 20  # steps of the window for a rate


def counts_and_times():
    """Draw a sample of each class of a task with equal counts, and mean rates by group."""
    X, y = make_order(400, random_state=0)
    _, axes = subplots(2, 2, height=4.2, sharex=True, sharey="row", height_ratios=(3, 2))
    groups = np.repeat([0, 1], X.shape[1] // 2)
    for label, (raster, rate) in enumerate(axes.T):
        colours = [COLOURS[group] for group in groups]
        show_spikes(
            raster, X[y == label][0], colours,
            title=f"class {label}: {X[y == label].sum(axis=(1, 2)).mean():.0f} spikes")
        for group, colour in enumerate(COLOURS):
            train = X[y == label][:, groups == group].mean(axis=(0, 1))
            rate.plot(1000 * np.convolve(train, np.full(SMOOTH, 1 / SMOOTH), "same"), color=colour)
        rate.set_xlabel("time (ms)")
    axes[0, 0].set_ylabel("channel")
    axes[1, 0].set_ylabel("mean rate (Hz)")


def steps():
    """Draw the spikes of one neuron at 60 Hz in steps of 1, 5 and 20 ms, and the lost spikes."""
    times = np.sort(np.random.default_rng(0).uniform(0, 300, 18))
    widths = (1, 5, 20)
    _, axes = subplots(len(widths) + 1, 1, height=3.4, sharex=True, height_ratios=(0.6, 1, 1, 1))
    axes[0].eventplot(times, colors=GREY, linewidths=1.2)
    axes[0].set(title=f"{len(times)} spikes in continuous time", yticks=[])
    for ax, width in zip(axes[1:], widths, strict=True):
        raster = from_spike_times(
            [[times]], bin_width=width, t_start=0, t_stop=300, counts=True)[0, 0]
        edges = np.arange(len(raster) + 1) * width
        ax.stairs(np.minimum(raster, 1), edges, fill=True, color=COLOURS[0])
        ax.stairs(raster, edges, baseline=np.minimum(raster, 1), fill=True, color=COLOURS[1])
        lost = np.maximum(raster - 1.0, 0).sum()
        ax.set(
            title=f"{len(raster)} steps of {width} ms: {lost:.0f} lost", yticks=[0, 1, 2],
            ylim=(0, 2.2))
    axes[-1].set_xlabel("time (ms)")

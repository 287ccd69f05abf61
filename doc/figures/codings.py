"""A series and five features in every registered coding, and the values that counts keep."""

import numpy as np
from look import GREY, show_spikes, subplots

from skspike import SpikeEncoder
from skspike.coding import CODINGS
from skspike.inspection import palette

VALUES = np.linspace(0, 1, 5)
BLUE, ORANGE = palette(2)


def taken(n_dims):
    """Return the codings that take input of so many dimensions, by name."""
    return {name: cls() for name, cls in CODINGS.items() if n_dims not in cls.refuses}


def encoded(coding, X, **options):
    """Return the encoded data, with each feature or channel scaled over the same range."""
    return SpikeEncoder(coding, value_range=(0, 1), random_state=0, **options).fit_transform(X)


def show(ax, trains, colours, title):
    """Draw spike trains, or currents as curves."""
    if trains.dtype == np.uint8:
        show_spikes(ax, trains, colours, title=title, yticks=[])
    else:
        for row, colour in zip(trains, np.broadcast_to(colours, len(trains)), strict=True):
            ax.plot(row, color=colour)
        ax.set(title=f"{title}: currents")


def series():
    """Draw a series and its trains in every coding that takes series."""
    t = np.arange(200)
    wave = 0.5 + 0.4 * np.sin(2 * np.pi * (t / 130) ** 2) * np.minimum(t / 60, 1)
    codings = taken(3)
    _, axes = subplots(len(codings) + 1, 1, height=1.15 * len(codings) + 1.2, sharex=True)
    axes[0].plot(t, wave, color=GREY)
    axes[0].set(title="the series", ylim=(0, 1))
    for ax, (name, coding) in zip(axes[1:], codings.items(), strict=True):
        show(ax, encoded(coding, wave[None, None])[0], BLUE, name)
    axes[-1].set_xlabel("time (ms)")


def features():
    """Draw the trains of five values of one feature, in every coding that takes features."""
    codings = taken(2)
    _, axes = subplots(len(codings), 1, height=1.4 * len(codings), sharex=True)
    for ax, (name, coding) in zip(axes, codings.items(), strict=True):
        trains = encoded(coding, VALUES[:, None])
        n_channels = trains.shape[1]
        colours = np.repeat(palette(len(VALUES)), n_channels)
        show(
            ax, trains.reshape(-1, trains.shape[2]), list(colours),
            f"{name}: {n_channels} channel{'s' * (n_channels > 1)} a feature")
        if trains.dtype == np.uint8:
            ax.set_yticks(
                (np.arange(len(VALUES)) + 0.5) * n_channels - 0.5,
                [f"{value:g}" for value in VALUES])
        ax.set_ylabel("value")
    axes[-1].set_xlabel("time (ms)")


def counts_of(coding, n_steps):
    """Return values of a feature, and the counts of its channels."""
    x = np.linspace(0, 1, 501)
    return x, encoded(coding, x[:, None], n_steps=n_steps).sum(axis=2)


def error(coding, n_steps):
    """Return the root mean square error of a linear regression of the value on the counts."""
    x, counts = counts_of(coding, n_steps)
    A = np.column_stack([counts, np.ones(len(x))])
    return np.sqrt(np.mean((A @ np.linalg.lstsq(A, x)[0] - x) ** 2))


def loss():
    """Draw the error of a value that is read from counts, by the length of the trains."""
    lengths = [10, 20, 50, 100, 200, 500]
    _, ax = subplots(1, 1, height=3.4)
    for name, coding in taken(2).items():
        if not coding.returns_currents and np.ptp(counts_of(coding, 100)[1]):  # a time is no count
            ax.loglog(lengths, [error(coding, n_steps) for n_steps in lengths], "o-", label=name)
    ax.set(
        xlabel="steps", ylabel="error of the value (range 1)", xticks=lengths, xticklabels=lengths)
    ax.minorticks_off()
    ax.legend()

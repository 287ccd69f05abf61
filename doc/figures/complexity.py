"""Complexity of trains of equal rate, and its dependence on the rate."""

import numpy as np
from look import GREY, show_spikes, subplots

from skspike import LZCClassifier
from skspike.complexity import LZ76, MEASURES
from skspike.datasets import make_markov, make_poisson
from skspike.inspection import palette

COLOURS = palette(2)
STEPS = 500


def histograms(axes, values, y):
    """Draw histograms of some features, by class."""
    for ax, (name, numbers) in zip(axes, values.items(), strict=True):
        edges = np.linspace(numbers.min(), numbers.max(), 30)
        for label, colour in enumerate(COLOURS):
            ax.hist(numbers[y == label], edges, color=colour, alpha=0.75)
        ax.set(xlabel=name, yticks=[])


def equal_rates():
    """Draw trains of two processes of equal rate, and histograms of their counts and complexity."""
    X, y = make_markov(400, 10, STEPS, random_state=0)
    _, axes = subplots(2, 2, height=4.4, height_ratios=(1, 1.2))
    for label, ax in enumerate(axes[0]):
        show_spikes(
            ax, X[y == label][0, :8], COLOURS[label], title=("chance", "bursts")[label], yticks=[],
            xlabel="time (ms)")
    histograms(
        axes[1],
        {
            "spikes a train": X.sum(axis=2).mean(axis=1),
            "Lempel-Ziv complexity": LZ76().each(X).mean(axis=1)}, y)


def relative():
    """Draw the complexity of short trains, and their bits with the phrases of each class."""
    X, y = make_markov(1000, 4, 100, random_state=0)
    train, test = slice(500), slice(500, None)
    model = LZCClassifier().fit(X[train], y[train])
    _, axes = subplots(1, 2, height=3.2)
    own = {"Lempel-Ziv complexity": LZ76().each(X[test]).mean(axis=1)}
    histograms(axes[:1], own, y[test])
    bits = model.bits(X[test]).mean(axis=(2, 3)).T
    for label, colour in enumerate(COLOURS):
        axes[1].scatter(
            *bits[:, y[test] == label], s=6, color=colour, label=("chance", "bursts")[label])
    ends = bits.min(), bits.max()
    axes[1].plot(ends, ends, color=GREY, zorder=0)
    axes[1].set(xlabel="bits per step, phrases of chance", ylabel="phrases of bursts")
    axes[1].legend(loc="upper left")


def rates():
    """Draw every registered measure against the rate of random trains, by normalisation."""
    rates = np.linspace(10, 500, 12)
    X, y = make_poisson(600, 1, STEPS, rates=rates, random_state=0)
    _, axes = subplots(len(MEASURES), 1, height=1.6 * len(MEASURES), sharex=True)
    for ax, (name, cls) in zip(axes, MEASURES.items(), strict=True):
        measure = cls()
        for normalize, colour in zip((True, "entropy"), COLOURS, strict=True):
            if normalize in measure.units:
                values = measure.each(X[:, 0], normalize=normalize)
                means = [values[y == label].mean() for label in range(len(rates))]
                ax.plot(rates, means, "o-", color=colour, label=f"normalize={normalize!r}")
        ax.set_title(name)
        ax.set_ylim(bottom=0)
    axes[0].legend(loc="lower right")
    axes[-1].set_xlabel("rate (Hz) of trains with independent steps")

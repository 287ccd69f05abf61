"""The events of a digit in each saccade of a camera, and their rate over time."""

import numpy as np
from look import subplots
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import load_digits

from skspike.datasets import make_saccades
from skspike.inspection import palette

BLUE, ORANGE = palette(2)
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])
BIN = 10  # ms


def saccades():
    """Draw a digit, its events in three saccades, and the rate of events of each polarity."""
    image = np.kron(load_digits().images[3], np.ones((3, 3)))
    events = make_saccades([image], value_range=(0, 16), random_state=0).reshape(2, 30, 30, 300)
    figure, axes = subplots(2, 4, height=4.4)
    axes[0, 0].imshow(image, cmap="gray")
    axes[0, 0].set_title("image")
    for k, ax in enumerate(axes[0, 1:]):
        darker, brighter = events[..., 100 * k : 100 * (k + 1)].sum(axis=3).astype(float)
        ax.imshow(brighter - darker, cmap=SIGNED, vmin=-4, vmax=4)
        ax.set_title(f"saccade {k + 1}")
    for ax in axes[0]:
        ax.set(xticks=[], yticks=[])
    for ax in axes[1]:
        ax.remove()
    ax = figure.add_subplot(axes[1, 0].get_gridspec()[1, :])
    counts = events.sum(axis=(1, 2)).reshape(2, -1, BIN).sum(axis=2)
    for values, colour, label in zip(counts, (BLUE, ORANGE), ("darker", "brighter"), strict=True):
        ax.stairs(values / BIN, BIN * np.arange(values.size + 1), color=colour, label=label)
    ax.set(xlabel="time (ms)", ylabel="events in a ms", xlim=(0, 300))
    ax.legend(loc="upper right", ncols=2)

"""Responses of every registered neuron to a step of current, by the values of intrinsics."""

from functools import partial

import numpy as np
from look import GREY, subplots

from skspike.inspection import palette
from skspike.neurons import NEURONS
from skspike.simulation import Layer, Network, from_raster, membrane_after

ON, REST = 250, 50
CURRENTS = np.geomspace(0.003, 120, 192)
COLOURS = palette(3)


def respond(neuron, current, intrinsics):
    """Return membranes, in units of the threshold, and spikes, both of shape (n_neurons, n_steps).

    Each neuron has its own current and intrinsics.
    """
    step = np.zeros((1, 1, ON + REST), np.uint8)
    step[..., :ON] = 1  # an input that spikes in every step is a current
    network = Network(neuron, [Layer(np.asarray(current, np.float32)[None], intrinsics)], 1.0)
    spikes = np.empty((1, network.size, ON + REST), np.uint8)
    traces = network.forward(from_raster(step), raster=spikes)
    membranes = network.observe(traces, membrane_after)[0].T
    return membranes / intrinsics[neuron.named("threshold")][:, None], spikes[0]


def strong(neuron):
    """Return twice the smallest of the `CURRENTS` that makes a neuron spike."""
    _, spikes = respond(neuron, CURRENTS, neuron.initial(len(CURRENTS), None))
    return 2 * CURRENTS[np.argmax(spikes.any(axis=1))]


def show(ax, membrane, spikes, colour, height=1.2):
    """Draw a membrane potential and, above it, the spikes."""
    ax.plot(membrane, color=colour, linewidth=1)
    ax.plot(np.flatnonzero(spikes), np.full(spikes.sum(), height), "|", color=colour, markersize=6)


def step():
    """Draw each registered neuron under twice the current that just makes it spike."""
    _, axes = subplots(len(NEURONS), 1, height=1.05 * len(NEURONS), sharex=True)
    for ax, (name, cls) in zip(axes, NEURONS.items(), strict=True):
        neuron = cls()
        membrane, spikes = respond(neuron, [strong(neuron)], neuron.initial(1, None))
        show(ax, membrane[0], spikes[0], COLOURS[0], 1.3)
        ax.axvspan(0, ON, color=GREY, alpha=0.12, linewidth=0)
        ax.set(title=name, yticks=[0, 1], xlim=(0, ON + REST))
    axes[-1].set_xlabel("time (ms); the current is on where it is grey")


def around(neuron, item):
    """Return a low, the default and a high value of an intrinsic, within its bounds.

    An intrinsic that is switched off by default gets None and two values that switch it on.
    """
    value, bounds = getattr(neuron, item.name), getattr(neuron, f"{item.name}_bounds")
    if value is None:
        return [None, 5.0, 20.0]
    reach = max(abs(value), 0.3)
    low, high = (value / 2.5, value * 2.5) if item.scale == "log" else (
        value - reach, value + reach)
    if isinstance(bounds, str):  # "fixed"
        return [low, value, high]
    unit = getattr(neuron, neuron.named("threshold")) if item.scale == "threshold" else 1.0
    return [max(low, unit * bounds[0]), value, min(high, unit * bounds[1])]


def intrinsics(cls):
    """Draw the response of one neuron to one current, with three values of each intrinsic."""
    current, items = strong(cls()), cls.intrinsics
    _, axes = subplots(len(items), 1, height=1.5 * len(items), sharex=True, squeeze=False)
    for ax, item in zip(axes[:, 0], items, strict=True):
        for k, (value, colour) in enumerate(zip(around(cls(), item), COLOURS, strict=True)):
            neuron = cls(**{item.name: value})
            membrane, spikes = respond(neuron, [current], neuron.initial(1, None))
            base = 2.2 * (2 - k)
            show(ax, membrane[0] + base, spikes[0], colour, base + 1.4)
            ax.text(
                ON + REST + 3, base, "off" if value is None else f"{value:.3g}", color=colour,
                va="bottom")
        ax.set(title=item.name, yticks=[], xlim=(0, ON + REST))
        ax.spines["left"].set_visible(False)
    axes[-1, 0].set_xlabel("time (ms)")


globals().update({name: partial(intrinsics, cls) for name, cls in NEURONS.items()})

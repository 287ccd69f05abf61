"""
Choose a neuron by its response to a step of current
====================================================

A network can use any neuron model of the package, or your own model. This example applies a step of
current to each model and draws the membrane potential, the spikes, and the firing rate against the
current.
"""

import inspect

import matplotlib.pyplot as plt
import numpy as np

import skspike.neurons
from skspike.inspection import palette
from skspike.simulation import Layer, Network, from_raster

public = [getattr(skspike.neurons, name) for name in skspike.neurons.__all__]
models = [
    thing()
    for thing in public
    if inspect.isclass(thing) and issubclass(thing, skspike.neurons.Neuron)
    and not inspect.isabstract(thing)]
# sphinx_gallery_thumbnail_number = 2

# %%
# A step of current
# -----------------
# An input that spikes in every time step is a constant current. Each neuron of the layer receives
# it with a different weight, so one run shows many currents. The current is on for 400 ms, then off
# for 100 ms.

ON, OFF = 400, 100
current = np.geomspace(0.003, 0.6, 192)
step = np.zeros((1, 1, ON + OFF), np.uint8)
step[..., :ON] = 1


@skspike.neurons.scalar
def membrane_potential(state, coefficients, spike_arg):
    """Return the first state, before the reset."""
    return state[0]


def respond(neuron):
    """Return the membrane after each step and the spikes, both (n_currents, n_steps)."""
    intrinsics = neuron.initial(len(current), np.random.RandomState(0))
    network = Network(neuron, [Layer(current[None].astype(np.float32), intrinsics)], 1.0)
    traces = network.forward(from_raster(step))
    return network.observe(traces, membrane_potential)[0].T, network.rasters(from_raster(step))[0]


# %%
# Membrane potentials and rates
# -----------------------------
# The left panels show a current just below the threshold (grey), and twice the smallest current
# that makes the neuron spike. Ticks are spikes. The right panels show the mean rate (solid) and the
# rate in the last 200 ms (dashed). The two differ if the neuron adapts.
#
# A network learns the parameters of its neurons with the weights, for example time constants,
# thresholds, strength of adaptation, sharpness of the upstroke, resonance frequency or
# conductances. :doc:`/add_a_neuron` describes how to write a model as equations.

figure, axes = plt.subplots(
    len(models), 2, figsize=(9, 1.7 * len(models)), layout="constrained", width_ratios=(3, 1),
    sharex="col")
rates = {}
for (left, right), neuron in zip(axes, models, strict=True):
    membrane, spikes = respond(neuron)
    rates[neuron.name] = spikes[:, :ON].mean(axis=1) * 1000
    first = np.argmax(spikes.any(axis=1))
    strong = np.searchsorted(current, 2 * current[first])
    left.plot(membrane[max(first - 1, 0)], color="grey")
    left.plot(membrane[strong], color=palette()[0])
    left.plot(
        np.flatnonzero(spikes[strong]), np.full(spikes[strong].sum(), 1.3), "|", color="black")
    left.set_ylabel(type(neuron).__name__)
    right.plot(current, rates[neuron.name], color=palette()[0])
    right.plot(current, spikes[:, ON - 200 : ON].mean(axis=1) * 1000, "--", color=palette()[1])
    early, late = (
        1000 * spikes[strong, part].mean() for part in (slice(0, 100), slice(ON - 100, ON)))
    print(
        f"{neuron.name:<15} spikes from {current[first]:.3f} per ms; at twice that {early:3.0f} Hz "
        f"at first, {late:3.0f} Hz later")
axes[-1, 0].set_xlabel("time (ms)")
axes[-1, 1].set(xlabel="current per ms", xscale="log")
axes[0, 0].set_title("membrane")
axes[0, 1].set_title("rate (Hz)")
plt.show()

# %%
# Rates of all models
# -------------------
# The mean rate of each model against the current, relative to the smallest current that makes it
# spike.

figure, ax = plt.subplots(figsize=(5.5, 3.8), layout="constrained")
for neuron, colour in zip(models, palette(len(models)), strict=True):
    rate = rates[neuron.name]
    ax.plot(current / current[np.argmax(rate > 0)], rate, color=colour, label=neuron.name)
ax.set(
    xlabel="current relative to the smallest one with a spike", ylabel="rate (Hz)", xlim=(1, 8),
    ylim=(0, 300))
ax.legend(frameon=False, fontsize="small", ncols=2)
plt.show()

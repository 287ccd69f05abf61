"""
What the neurons do
===================

A network may be made of any of the package's neurons, and one of your own takes thirty lines. This
example gives each of them a step of current, and looks at its membrane, its spikes, and how its
rate grows with the current.
"""

import matplotlib.pyplot as plt
import numpy as np

import skspike.neurons
from skspike.plotting import palette
from skspike.simulation import Layer, Network, from_raster, membrane_after

models = [
    cls
    for cls in vars(skspike.neurons).values()
    if isinstance(cls, type) and issubclass(cls, skspike.neurons.Neuron)]
models = [cls() for cls in models if getattr(cls, "name", None)]

# %%
# A step of current
# -----------------
# One input that fires in every step is a current. Each neuron of a layer hears it with a weight of
# its own, and so one run shows many currents: here, on for 400 ms and then off for 100 ms.

ON, OFF = 400, 100
current = np.geomspace(0.003, 0.6, 192)
step = np.zeros((1, 1, ON + OFF), np.uint8)
step[..., :ON] = 1


def respond(neuron):
    """Return the membrane after each step and the spikes, both (n_currents, n_steps)."""
    intrinsics = neuron.initial(len(current), np.random.RandomState(0))
    network = Network(neuron, [Layer(current[None].astype(np.float32), intrinsics)], 1.0)
    traces = network.forward(from_raster(step))
    return network.observe(traces, membrane_after)[0].T, network.rasters(from_raster(step))[0]


# %%
# Membranes and rates
# -------------------
# On the left, a current just too small for a spike, in grey, and one twice as large as the first
# that makes the neuron spike; ticks are spikes. On the right, the mean rate and, dashed, that of
# the last 200 ms: where the two part, a neuron adapts.  What a neuron is, is learned along with the
# weights: time constants, thresholds, and here also the strength of adaptation, the sharpness of an
# upstroke, the frequency of a resonance or the conductance of channels. How a model looks as
# equations, and how to write one down, is told in :doc:`/add_a_neuron`.

figure, axes = plt.subplots(
    len(models), 2, figsize=(9, 1.7 * len(models)), layout="constrained", width_ratios=(3, 1),
    sharex="col")
for (left, right), neuron in zip(axes, models, strict=True):
    membrane, spikes = respond(neuron)
    first = np.argmax(spikes.any(axis=1))
    strong = np.searchsorted(current, 2 * current[first])
    left.plot(membrane[max(first - 1, 0)], color="grey")
    left.plot(membrane[strong], color=palette()[0])
    left.plot(
        np.flatnonzero(spikes[strong]), np.full(spikes[strong].sum(), 1.3), "|", color="black")
    left.set_ylabel(type(neuron).__name__)
    right.plot(current, spikes[:, :ON].mean(axis=1) * 1000, color=palette()[0])
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

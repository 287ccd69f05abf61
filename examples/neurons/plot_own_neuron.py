"""
Write a neuron with a dendrite from equations
=============================================

A neuron model can be written as equations. skspike derives the constructor, the compiled simulation
and all derivatives, so the model can be trained like any other. This model has a dendrite. Input
causes a slow plateau in the dendrite, which excites the membrane.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.inspection import IntrinsicsDisplay, palette
from skspike.neurons import LIF, EquationNeuron, Equations, Intrinsic, scalar
from skspike.simulation import Layer, Network, from_raster

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers

# %%
# The equations
# -------------
# ``charge`` updates the states by the input ``x``, ``margin`` is the distance above the threshold,
# and ``reset`` updates the states after a spike ``s``. The dendrite is not reset, so it keeps its
# memory. Each `skspike.neurons.Intrinsic` becomes a parameter that can be learned within its
# bounds.


class Plateau(EquationNeuron):
    """A leaky neuron that a saturating dendrite keeps depolarised."""

    name = "plateau"
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=10.0, bounds=(2.0, 200.0)),
        Intrinsic("tau_dend", "log", default=80.0, bounds=(10.0, 1000.0)),
        Intrinsic("gain", "log", default=0.5, bounds=(0.05, 5.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
    )
    equations = Equations(
        states=("v", "d"),
        charge="""
            d = exp(-dt / tau_dend) * d + x
            v = exp(-dt / tau_mem) * v + (1 - exp(-dt / tau_mem)) * gain * tanh(d) + x
        """,
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v",
    )


# %%
# Response to two volleys
# -----------------------
# Two volleys of ten spikes are applied to a LIF neuron and to the new model. The LIF neuron has
# forgotten the first volley when the second arrives, and responds equally to both. In the new
# model, the plateau remains, and the second volley causes one more spike.


@scalar
def membrane_potential(state, coefficients, spike_arg):
    """Return the first state, before the reset."""
    return state[0]


volleys = np.zeros((1, 1, 200), np.uint8)
volleys[0, 0, 20:40:2] = volleys[0, 0, 100:120:2] = 1
figure, axes = plt.subplots(2, 1, figsize=(5.5, 4), layout="constrained", sharex=True)
for ax, neuron in zip(axes, (LIF(tau_mem=10.0), Plateau()), strict=True):
    intrinsics = neuron.initial(1, np.random.RandomState(0))
    network = Network(neuron, [Layer(np.full((1, 1), 0.22, np.float32), intrinsics)], 1.0)
    traces = network.forward(from_raster(volleys))
    membrane = network.observe(traces, membrane_potential)[0].ravel()
    spikes = np.flatnonzero(network.rasters(from_raster(volleys)))
    first, second = (spikes < 90).sum(), (spikes >= 90).sum()
    print(f"{type(neuron).__name__:<8} {first} spikes in the first volley, {second} in the second")
    ax.plot(membrane)
    ax.plot(spikes, np.full(len(spikes), 1.5), "|", color="black", markersize=10)
    ax.plot(np.flatnonzero(volleys), np.full(20, -0.2), "|", color="C1")
    ax.set(ylabel="membrane", ylim=(-0.35, 1.65), title=type(neuron).__name__)
axes[1].set_xlabel("time (ms); input below, spikes above")
plt.show()

# %%
# Classification of volley order
# ------------------------------
# The task is to classify which of two volleys came first. The readout counts spikes and there are
# no delays, so only neurons with memory solve it. Pass the model to a network like any other
# neuron.

X, y = make_order(1000, random_state=0)
for neuron in (LIF(tau_mem=10.0), Plateau()):
    for learn in (False, True):
        network = SNNClassifier(
            32, neuron=neuron, readout="count", delays=None, learn_intrinsic=learn, max_iter=30,
            random_state=0)
        score = network.fit(X[:500], y[:500]).score(X[500:], y[500:])
        print(
            f"{type(neuron).__name__:<8} {'learned' if learn else 'fixed':<9} accuracy on new "
            f"samples {score:.3f}")

# %%
# With fixed parameters, LIF neurons are at chance and the new model classifies most samples
# correctly. With learned parameters, both models classify nearly all samples correctly. The
# histograms show that each parameter has spread.

IntrinsicsDisplay.from_estimator(network)
plt.show()

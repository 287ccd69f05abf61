"""
A neuron from its equations
===========================

A model that the package does not have is written down as it would be in a paper. Constructor,
compiled loops and all derivatives follow from its equations, so that it learns like any other. Here
it is a neuron with a dendrite: input leaves a slow plateau there, and the plateau excites the
membrane.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.neurons import LIF, EquationNeuron, Equations, Intrinsic
from skspike.plotting import IntrinsicsDisplay, palette
from skspike.simulation import Layer, Network, from_raster, membrane_after

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # everybody can tell them apart

# %%
# The equations
# -------------
# ``charge`` says what the input ``x`` does, ``margin`` when the neuron spikes, ``reset`` what a
# spike ``s`` does. The dendrite is not reset: it remembers. Each `skspike.neurons.Intrinsic`
# becomes a parameter, and may be learned within its bounds.


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
# How it answers
# --------------
# The same two volleys of ten spikes each go to a leaky neuron and to ours. The leaky one has
# forgotten the first volley when the second one comes, and answers both alike. In ours the plateau
# is still there, and the second volley makes it spike once more.

volleys = np.zeros((1, 1, 200), np.uint8)
volleys[0, 0, 20:40:2] = volleys[0, 0, 100:120:2] = 1
figure, axes = plt.subplots(2, 1, figsize=(8, 4), layout="constrained", sharex=True)
for ax, neuron in zip(axes, (LIF(tau_mem=10.0), Plateau()), strict=True):
    intrinsics = neuron.initial(1, np.random.RandomState(0))
    network = Network(neuron, [Layer(np.full((1, 1), 0.22, np.float32), intrinsics)], 1.0)
    membrane = network.observe(network.forward(from_raster(volleys)), membrane_after)[0].ravel()
    spikes = np.flatnonzero(network.rasters(from_raster(volleys)))
    first, second = (spikes < 90).sum(), (spikes >= 90).sum()
    print(f"{type(neuron).__name__:<8} {first} spikes in the first volley, {second} in the second")
    ax.plot(membrane)
    ax.plot(spikes, np.full(len(spikes), 1.25), "|", color="black", markersize=10)
    ax.plot(np.flatnonzero(volleys), np.full(20, -0.2), "|", color="C1")
    ax.set(ylabel="membrane", ylim=(-0.35, 1.45), title=type(neuron).__name__)
axes[1].set_xlabel("time (ms); input below, spikes above")
plt.show()

# %%
# Does the memory help?
# ---------------------
# Which of two volleys came first? The readout counts spikes, so that only a neuron that remembers
# can tell. The class goes into a network as any other neuron does.

X, y = make_order(1000, random_state=0)
for neuron in (LIF(tau_mem=10.0), Plateau()):
    for learn in (False, True):
        network = SNNClassifier(
            32, neuron=neuron, readout="count", learn_intrinsic=learn, max_iter=30, random_state=0)
        score = network.fit(X[:500], y[:500]).score(X[500:], y[500:])
        print(
            f"{type(neuron).__name__:<8} {'learned' if learn else 'as it is':<9} accuracy on new "
            f"samples {score:.3f}")

# %%
# As they are set, neurons of the first kind are at chance and those of the second know nearly all;
# when learned, both do. What ours have become of is what their histograms show: each of the
# parameters has spread.

IntrinsicsDisplay.from_estimator(network)
plt.show()

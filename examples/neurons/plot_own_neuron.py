"""
Write a neuron from equations, and test whether it helps
========================================================

You have an idea for a neuron: a dendrite that keeps it depolarised after input. Does such a neuron
solve tasks that a LIF neuron does not? Write it as equations, compare both over seeds, look at the
learned parameters, and export the network as C. skspike derives the compiled simulation and all
derivatives.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.export import to_c
from skspike.inspection import ComparisonDisplay, IntrinsicsDisplay, compare_values, palette
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
# Does it help?
# -------------
# The task is to classify which of two volleys came first. The readout counts spikes and there are
# no delays, so only neurons with memory solve it. `skspike.inspection.compare_values` fits all
# combinations of the neuron, and of fixed and learned parameters, with the same seeds. One split of
# the samples is enough here: 400 to learn from and 400 to test.

X, y = make_order(800, random_state=0)
network = SNNClassifier(32, readout="count", delays=None, max_iter=60, random_state=0)
grid = {"neuron": [LIF(tau_mem=10.0), Plateau()], "learn_intrinsic": [False, True]}
split = np.arange(400), np.arange(400, 800)
found = compare_values(network, X, y, grid, seeds=3, cv=[split])
for name, scores in zip(found.names, found.by_seed(), strict=True):
    print(f"{name:<26} accuracy {scores.mean():.2f}, seeds {scores.round(2)}")

# %%
# Differences are paired: both networks of a difference have the same seed. With fixed parameters,
# LIF neurons are at chance, and the dendrite makes the difference. If LIF neurons learn their time
# constants and thresholds, they solve the task too.

ComparisonDisplay(found, reference=found.names[0]).plot()
mean, error = found.difference("Plateau(), False", "LIF(tau_mem=10.0), False")
print(f"gain by the dendrite, fixed parameters: {mean:.2f} +- {error:.2f}")
mean, error = found.difference("Plateau(), True", "Plateau(), False")
print(f"gain by learning in the new model: {mean:.2f} +- {error:.2f}")
plt.show()

# %%
# The learned parameters
# ----------------------
# The histograms show that each parameter has spread from its start.

network.set_params(neuron=Plateau()).fit(X[:400], y[:400])
IntrinsicsDisplay.from_estimator(network)

# %%
# Run it elsewhere
# ----------------
# The equations are part of the C code, with the learned parameters of each neuron.

with tempfile.TemporaryDirectory() as folder:
    files = to_c(network, Path(folder) / "plateau.c", weights="int8")
    print(f"{files.constants} bytes of constants, {files.variables} of variables")
    source = files.source.read_text(encoding="utf-8")
start, stop = (source.index(f"/* {part} */") for part in ("charge", "fire"))
print(source[start:stop].rstrip())
plt.show()

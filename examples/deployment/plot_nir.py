"""
Move a recurrent network to another simulator or a chip
=======================================================

NIR is a file format for spiking networks that other simulators and neuromorphic chips read [1]_.
This example exports a trained network to a NIR file, simulates the graph in a few lines of numpy,
and imports the file again.

.. [1] J. E. Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set
    for interoperable brain-inspired computing", Nature Communications 15, 8122, 2024.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import nir
import numpy as np

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.inspection import palette
from skspike.io import from_nir, to_nir

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers
# sphinx_gallery_thumbnail_number = 2

# %%
# From a network to a graph
# -------------------------
# The network has two layers. The first one is recurrent, and there are no delays. The graph does
# not contain the readout.

X, y = make_order(600, random_state=0)
classifier = SNNClassifier(
    (32, 16), recurrent=(True, False), delays=None, max_iter=20, random_state=0).fit(
    X[:400], y[:400])
graph = to_nir(classifier)
print(f"accuracy {classifier.score(X[400:], y[400:]):.3f}")
print("\n".join(f"{name:<12} {type(node).__name__}" for name, node in graph.nodes.items()))

# %%
# The graph
# ---------
# Weights are nodes, so the recurrent connection of the first layer is a node as well.

place = {"input": 0, "linear_0": 1, "lif_0": 2, "linear_1": 3, "lif_1": 4, "output": 5}
place = {name: (x, 0.0) for name, x in place.items()} | {"recurrent_0": (2, 1.0)}
shade = {nir.LIF: "C0", nir.Linear: "C1"}
figure, ax = plt.subplots(figsize=(9, 2.6), layout="constrained")
for start, end in graph.edges:
    bend = 0.35 if "recurrent_0" in (start, end) else 0
    arrow = {
        "arrowstyle": "-|>", "color": "0.4", "shrinkA": 24, "shrinkB": 24,
        "connectionstyle": f"arc3,rad={bend}"}
    ax.annotate("", place[end], place[start], arrowprops=arrow)
for name, node in graph.nodes.items():
    size = node.weight.shape if isinstance(node, nir.Linear) else next(
        iter(node.output_type.values()))
    label = f"{name}\n{' × '.join(str(int(n)) for n in size)}"
    box = {
        "boxstyle": "round,pad=0.5", "facecolor": shade.get(type(node), "0.85"), "alpha": 0.6,
        "edgecolor": "none"}
    ax.text(*place[name], label, ha="center", va="center", bbox=box)
ax.set(xlim=(-0.6, 5.6), ylim=(-0.5, 1.5))
ax.axis("off")
plt.show()

# %%
# Simulation in numpy
# -------------------
# NIR defines the differential equation of each neuron. Forward Euler steps in numpy compute the
# spikes from the numbers in the graph.


def simulate(graph, raster, dt=1e-3):
    """Run the graph on one raster (n_channels, n_steps). Return the spikes of its last layer."""
    nodes = graph.nodes
    v = [np.zeros(node.tau.shape) for node in (nodes["lif_0"], nodes["lif_1"])]
    spikes, out = [np.zeros(len(v[0])), np.zeros(len(v[1]))], []
    for x in raster.T:
        current = nodes["linear_0"].weight @ x + nodes["linear_0"].bias
        current += nodes["recurrent_0"].weight @ spikes[0]
        for k in (0, 1):
            node = nodes[f"lif_{k}"]
            v[k] += dt / node.tau * (node.v_leak - v[k] + node.r * current)
            spikes[k] = (v[k] > node.v_threshold).astype(float)
            v[k] = np.where(spikes[k] == 1, node.v_reset, v[k])
            current = nodes["linear_1"].weight @ spikes[0] + nodes["linear_1"].bias
        out.append(spikes[1])
    return np.array(out, np.uint8).T


with tempfile.TemporaryDirectory() as folder:
    nir.write(Path(folder) / "network.nir", graph)
    back = from_nir(nir.read(Path(folder) / "network.nir"))
ours = back.transform(X[400:420])
theirs = np.stack([simulate(graph, raster) for raster in X[400:420]])
print(
    "same spikes after export and import:",
    np.array_equal(ours, from_nir(graph).transform(X[400:420])))
print(f"spikes that differ between numpy and skspike: {np.sum(ours != theirs)} of {ours.sum()}")

# %%
# Comparison
# ----------
# The figure shows the spikes of the last layer in both simulations. Dots are spikes of skspike,
# rings are spikes of the numpy simulation.

figure, ax = plt.subplots(figsize=(6.5, 3.5), layout="constrained")
for raster, style in (
        (
            theirs,
            {
                "marker": "o", "markersize": 8, "markerfacecolor": "none",
                "label": "the graph in numpy"}), (ours, {})):
    neuron, step = np.nonzero(raster[0])
    ax.plot(
        step, neuron,
        **{"marker": ".", "markersize": 7, "linestyle": "none", "label": "skspike", **style})
ax.set(xlabel="time (ms)", ylabel="neuron of the last layer", ylim=(16, -1))
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0))
plt.show()

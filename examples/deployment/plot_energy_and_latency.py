"""
Estimate energy and latency next to a perceptron
================================================

A spike costs an addition, and an input of a perceptron costs a multiplication and an addition.
However, spiking networks run for many time steps. This example counts the operations of both kinds
of network on the same data, estimates their energy, and measures the latency of one sample on this
machine.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skspike import SNNClassifier, SpikeEncoder
from skspike.coding import Poisson
from skspike.inspection import SynapticOperations, energy, latency, palette, synaptic_operations

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=palette())  # a palette for colour-blind readers

# %%
# The models
# ----------
# All models have one hidden layer of 16. Most spiking networks use Poisson spikes with different
# numbers of time steps. More steps mean less noise and more operations. One network takes the
# features as constant currents, which need multiplications in every time step.

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)


def spiking(n_steps):
    """Return a spiking network on Poisson trains with a given number of steps."""
    encoder = SpikeEncoder(coding=Poisson(max_rate=500.0), n_steps=n_steps, random_state=0)
    return make_pipeline(encoder, SNNClassifier(16, max_iter=30, random_state=0))


models = {"MLP": make_pipeline(StandardScaler(), MLPClassifier(16, max_iter=500, random_state=0))}
models |= {f"SNN, {n_steps} steps": spiking(n_steps) for n_steps in (5, 10, 25, 50, 100)}
models["SNN, currents"] = make_pipeline(
    StandardScaler(), SNNClassifier(16, n_steps=10, max_iter=30, random_state=0))

# %%
# Counting operations
# -------------------
# ``synaptic_operations`` counts like NeuroBench. A spike times a weight is an accumulate (AC), a
# number times a weight a multiply-accumulate (MAC), and zeros cost nothing. For the perceptron,
# each feature that is not zero costs one MAC per hidden unit, and each active hidden unit one MAC
# per output.


def operations(model):
    """Count the synaptic operations of a fitted pipeline per sample."""
    Z, network = model[:-1].transform(X_test), model[-1]
    if not isinstance(network, MLPClassifier):
        return synaptic_operations(network, Z)
    hidden = np.maximum(Z @ network.coefs_[0] + network.intercepts_[0], 0)
    inner, outer = (
        float((values != 0).sum(axis=1).mean()) * w.shape[1]
        for values, w in zip((Z, hidden), network.coefs_, strict=True))
    return SynapticOperations(
        acs=0.0, macs=inner + outer, dense=float(sum(w.size for w in network.coefs_)))


rows = {}
print(
    f"{'':<16}{'accuracy':>16}{'ACs':>8}{'MACs':>8}{'estimate, nJ':>14}{'latency, ms':>13}"
    f"{'p99':>7}")
for name, model in models.items():
    accuracy = cross_val_score(model, X, y, cv=3)
    model.fit(X_train, y_train)
    counted, waited = operations(model), latency(model, X_test, n_calls=300)
    rows[name] = accuracy.mean(), 1000 * energy(counted), waited.median, waited.p99
    print(
        f"{name:<16}{accuracy.mean():>8.3f} ± {accuracy.std(ddof=1):.3f}{counted.acs:>8.0f}"
        f"{counted.macs:>8.0f}", end="")
    print(f"{rows[name][1]:>14.2f}{waited.median:>13.3f}{waited.p99:>7.3f}")

# %%
# Interpretation
# --------------
# The energy is an **estimate**, the number of operations times the energy per operation in the
# documentation of ``energy``. It ignores memory, neurons and encoder, which need most of the energy
# on real hardware. By this estimate, a spiking network with few steps needs less energy than the
# perceptron and is less accurate. More steps increase accuracy and energy. The network with
# currents is as accurate as the perceptron and needs many times the energy. For features that are
# constant in time, count operations before you claim that spikes save energy.
#
# Latency is measured for ``predict`` with one sample, for the whole pipeline, on a general-purpose
# processor. Calls and checks need most of the time, so it hardly depends on the number of steps.

accuracy, estimate, wait, slow = np.array(list(rows.values())).T
figure, left = plt.subplots(figsize=(6, 3.8), layout="constrained")
trains = ["steps" in name for name in rows]
left.plot(
    estimate[trains], accuracy[trains], "o-", color="C0",
    label="SNN, spike trains (number: steps)")
for name, x, height in zip(
        np.array(list(rows))[trains], estimate[trains], accuracy[trains], strict=True):
    left.annotate(
        name.split()[1], (x, height), xytext=(7, -11), textcoords="offset points", fontsize=9)
left.plot(estimate[0], accuracy[0], "s", color="C1", markersize=8, label="MLP")
left.plot(estimate[-1], accuracy[-1], "D", color="C2", markersize=8, label="SNN, currents")
left.set(
    xlabel="estimated energy of a sample (nJ)", ylabel="accuracy (3 folds)", xscale="log",
    ylim=(accuracy.min() - 0.03, 1.0))
left.xaxis.set_major_formatter("{x:g}")
left.legend(frameon=False, loc="lower right")

figure, right = plt.subplots(figsize=(6, 3.8), layout="constrained")
for row, colour in enumerate(["C1"] + ["C0"] * sum(trains) + ["C2"]):
    right.plot([wait[row], slow[row]], [row, row], color="0.8")
    right.plot(wait[row], row, "o", color=colour, markersize=8)
right.plot(slow, range(len(rows)), "|", color="black", markersize=12)
right.set_yticks(range(len(rows)), list(rows))
right.set(
    xlabel="latency of a sample (ms): median, and 99th percentile as a tick", xscale="log",
    xlim=(0.5 * wait.min(), 2 * slow.max()))
right.xaxis.set_major_formatter("{x:g}")
right.invert_yaxis()
plt.show()

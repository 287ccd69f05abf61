"""Leaky sums of spikes, from which outputs are computed at each step.

    x_k(t) = d_k x_k(t - 1) + s(t),   d_k = exp(-dt / tau_k)    trace k of a neuron
    y(t)   = sum_k w_k . x_k(t) + intercept

The decay commutes with the weights. So a stream stores one sum per output and time constant, for
any number of neurons, and adds the weights of the neurons that spike.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._base import Array, kernel


def decays_of(taus: Sequence[float], dt: float) -> Array:
    """Return the factor of each time constant by which a trace decays in a step, as float32."""
    return np.exp(-dt / np.asarray(taus, float)).astype(np.float32)


@kernel
def add_spikes(raster: Any, weights: Any, decays: Any, intercept: Any, sums: Any, y: Any) -> None:
    """Write the outputs y, (n_steps, n_outputs), of the spikes, (n_steps, n_neurons).

    `weights` are (n_neurons, n_taus, n_outputs), and the `sums`, (n_taus, n_outputs), are kept
    between calls. Exported code adds in the same order.
    """
    n_taus, n_outputs = sums.shape
    for t in range(len(raster)):
        # decay
        for k in range(n_taus):
            for j in range(n_outputs):
                sums[k, j] *= decays[k]
        # add the spikes
        for h in range(raster.shape[1]):
            if raster[t, h]:
                for k in range(n_taus):
                    for j in range(n_outputs):
                        sums[k, j] += weights[h, k, j]
        # compute the outputs
        for j in range(n_outputs):
            y[t, j] = intercept[j]
        for k in range(n_taus):
            for j in range(n_outputs):
                y[t, j] += sums[k, j]


class LeakySums:
    """Outputs of leaky sums, step by step, in float32.

    Parameters
    ----------
    weights : ndarray of shape (n_neurons, n_taus, n_outputs)
        Change of each sum by a spike.
    intercept : ndarray of shape (n_outputs,)
        Outputs without spikes.
    decays : ndarray of shape (n_taus,)
        Factors of the sums in a step.
    """

    def __init__(self, weights: Array, intercept: Array, decays: Array):
        self.weights, self.intercept, self.decays = (
            np.ascontiguousarray(values, np.float32) for values in (weights, intercept, decays))
        self.sums = np.zeros(self.weights.shape[1:], np.float32)
        self.outputs = self.intercept.copy()
        self.kept = [self.sums, self.outputs]

    def steps(self, raster: Array) -> Array:
        """Add the spikes of some steps, (n_steps, n_neurons). Return (n_steps, n_outputs)."""
        y = np.empty((len(raster), len(self.intercept)), np.float32)
        add_spikes(raster, self.weights, self.decays, self.intercept, self.sums, y)
        self.outputs[:] = y[-1]
        return y

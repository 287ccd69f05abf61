"""Centring of spikes: the first layer is learned for input of mean 0.

The mean of spikes is a current that all weights of a neuron share, so the loss is badly conditioned
in these weights. Learn V and c instead, for channels with mean m and scale s:

    W = V / s,   bias = c - m @ W,   dV = (dW - outer(m, dbias)) / s,   dc = dbias

The input of the network stays the same spikes.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._base import Array

LOWEST = 0.2  # lower bound of the scale: channels that rarely spike do not get large weights
AT_ONCE = 32  # samples that are added at a time
ENTRIES = 2**20  # most entries of the rasters that are in memory at the same time


class Centring(NamedTuple):
    """Mean and scale of the input of the first layer.

    Parameters
    ----------
    mean : ndarray of shape (n_inputs,)
        Mean of the input over samples and steps. With shared weights, also over positions, so that
        there is one number for each channel.
    scale : ndarray of shape (n_inputs,)
        Its standard deviation, at least 0.2, rounded to a power of 2. So weights are scaled without
        rounding errors, and a later fit continues exactly.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, inputs: Any, rows: Array, weight: Array | None, layout: Any) -> Self:
        """Return the centring for some rows of the inputs of a task, for the layout of a layer.

        Without weights, or if all are 0, all samples have the same weight.
        """
        weight = np.ones(len(inputs)) if weight is None or not weight[rows].any() else weight
        n, total, squares = 0.0, 0.0, 0.0
        for part in inputs.split(rows):
            for start in range(0, len(part), AT_ONCE):
                some = part[start : start + AT_ONCE]
                n_steps, sums, of_squares = _sums(inputs, some)
                n += weight[some].sum() * n_steps
                total += weight[some] @ sums
                squares += weight[some] @ of_squares
        mean, square = (layout.of_channels(sums / n) for sums in (total, squares))
        scale = np.maximum(np.sqrt(np.maximum(square - mean**2, 0)), LOWEST)
        return cls(mean, np.exp2(np.rint(np.log2(scale))))

    def applied(self, weights: Array, bias: Array) -> tuple[Array, Array]:
        """Return weights and bias of the layer from those for centred input."""
        weights = self.scaled(weights)
        return weights, (bias - self.current(weights)).astype(weights.dtype)

    def scaled(self, weights: Array) -> Array:
        """Return weights of the layer from those for centred input."""
        return np.asarray((weights / self.scale[:, None]).astype(weights.dtype))

    def undone(self, weights: Array, bias: Array) -> tuple[Array, Array]:
        """Undo `applied`: return weights and bias for centred input, the bias in float64."""
        centred = (weights * self.scale[:, None]).astype(weights.dtype)
        return centred, bias + self.current(weights)

    def gradients(self, dweights: Array, dbias: Array) -> tuple[Array, Array]:
        """Return the gradients for `undone` weights and bias from those for the layer."""
        centred = (dweights - self.mean[:, None] * dbias) / self.scale[:, None]
        return np.asarray(centred.astype(dweights.dtype)), dbias

    def current(self, weights: Array) -> Array:
        """Return the current of each neuron from the mean input, in float64."""
        currents = (self.mean @ weights.astype(float)).reshape(-1, weights.shape[-1])
        return np.asarray(currents.sum(axis=0))


def _sums(inputs: Any, rows: Array) -> tuple[int, Array, Array]:
    """Return the number of steps, and the sums of values and of squares of each channel."""
    n_steps, sums, squares = int(inputs.lengths[rows[0]]), [], []
    n_rows = max(ENTRIES // (inputs.n_channels * n_steps), 1)
    for start in range(0, len(rows), n_rows):
        values = inputs.batch(rows[start : start + n_rows]).raster().astype(np.float32)
        sums.append(values.sum(axis=2, dtype=float))
        squares.append((values * values).sum(axis=2, dtype=float))
    return n_steps, np.concatenate(sums), np.concatenate(squares)

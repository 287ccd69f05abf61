"""Compiled loss of a decoder, and its gradients from the outputs back to the spikes.

For each sample, with the spike counts c of each neuron in each segment of time:

    z = (filters c - mean) / scale
    outputs = coef z + intercept
    dz = back doutputs
    ds = filters (dz / scale)

`back` is `coef`, or the feedback weights that replace it in the backward pass. All arrays over
neurons have the layout of the spike counts: neurons are padded to whole panels of WIDTH.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._compile import complete, part, stack_array
from .._utils import Array
from ..simulation import WIDTH, scratch, to_lanes
from ._decoder import LinearReadout
from ._losses import CrossEntropy, SquaredError

ZERO = np.float64(0)


def sample_loss(outputs, y, b, doutputs):
    """Return the loss of sample b, and write its gradient: a placeholder."""


@part
def _cross_entropy(outputs, y, b, doutputs):
    """Return the cross-entropy of sample b, and write its gradient."""
    top, total = outputs[0], 0.0
    for j in range(len(outputs)):
        top = max(top, outputs[j])
    for j in range(len(outputs)):
        doutputs[j] = np.exp(outputs[j] - top)
        total += doutputs[j]
    for j in range(len(outputs)):
        doutputs[j] /= total
    doutputs[y[b]] -= 1
    return np.log(total) - (outputs[y[b]] - top)


@part
def _squared_error(outputs, y, b, doutputs):
    """Return half the squared error of sample b, and write its gradient."""
    loss = 0.0
    for j in range(len(outputs)):
        doutputs[j] = outputs[j] - y[b, j]
        loss += 0.5 * doutputs[j] ** 2
    return loss


SAMPLE_LOSSES = {CrossEntropy: _cross_entropy, SquaredError: _squared_error}


def decode(counts, y, weight, filters, decoder, back, dspikes, dcoef, dintercept):
    """Write the gradients of the spikes, add those of the decoder, and return the summed loss.

    `counts` and `dspikes` are (n_samples, n_segments, n_lanes), `filters` (n_filters, n_segments).
    `decoder` holds coefficients, like `back` and `dcoef` (n_outputs, n_filters, n_lanes), then the
    intercept, and mean and reciprocal scale, (n_filters, n_lanes).
    """
    coef, intercept, mean, inverse_scale = decoder
    n_outputs, n_filters, n_lanes = coef.shape
    n_segments = filters.shape[1]
    z, dz = np.empty((n_filters, n_lanes)), np.empty((n_filters, n_lanes))
    ds, outputs, doutputs = np.empty(n_lanes), np.empty(n_outputs), np.empty(n_outputs)
    sums, loss = stack_array(WIDTH, ZERO), 0.0
    for b in range(len(counts)):
        # compute the standardised features
        for f in range(n_filters):
            for h in range(n_lanes):
                z[f, h] = dz[f, h] = 0.0
            for s in range(n_segments):
                if filters[f, s] != 0:
                    for h in range(n_lanes):
                        z[f, h] += filters[f, s] * counts[b, s, h]
            for h in range(n_lanes):
                z[f, h] = (z[f, h] - mean[f, h]) * inverse_scale[f, h]
        # compute the outputs: sums in vectors, then over each vector
        for j in range(n_outputs):
            for h in range(WIDTH):
                sums[h] = 0.0
            for f in range(n_filters):
                for first in range(0, n_lanes, WIDTH):
                    for h in range(WIDTH):
                        sums[h] += z[f, first + h] * coef[j, f, first + h]
            outputs[j] = intercept[j]
            for h in range(WIDTH):
                outputs[j] += sums[h]
        loss += weight[b] * sample_loss(outputs, y, b, doutputs)
        # carry the gradients back to the features, and to the decoder
        for j in range(n_outputs):
            d = weight[b] * doutputs[j]
            dintercept[j] += d
            for f in range(n_filters):
                for h in range(n_lanes):
                    dcoef[j, f, h] += d * z[f, h]
                    dz[f, h] += d * back[j, f, h]
        # carry the gradients back to the spikes
        for s in range(n_segments):
            for h in range(n_lanes):
                ds[h] = 0.0
            for f in range(n_filters):
                if filters[f, s] != 0:
                    for h in range(n_lanes):
                        ds[h] += filters[f, s] * (dz[f, h] * inverse_scale[f, h])
            for h in range(n_lanes):
                dspikes[b, s, h] = ds[h]
    return loss


class Decoding(NamedTuple):
    """A decoder in the layout of the spike counts, with its loss and its readout filters."""

    loop: Any
    filters: Array
    decoder: tuple[Array, ...]
    back: Array

    @classmethod
    def of(
            cls, loss: Any, filters: Array, decoder: LinearReadout,
            feedback: Array | None = None) -> Self:
        """Return the decoding of a linear decoder of the features of some filters."""
        n_filters = len(filters)
        coef, *statistics = (
            _lanes(array, n_filters)
            for array in (decoder.coef.T, decoder.mean[None], 1 / decoder.scale[None]))
        back = coef if feedback is None else _lanes(feedback.T, n_filters)
        arrays = coef, decoder.intercept, *(array[0] for array in statistics)
        return cls(complete(decode, sample_loss=SAMPLE_LOSSES[loss]), filters, arrays, back)

    def gradient(
            self, counts: Array, y: Array, weight: Array,
            dtype: Any) -> tuple[float, Array, Array, Array]:
        """Return the summed loss, and the gradients of the spikes, coefficients and intercepts.

        Those of the spikes are (n_samples, n_segments, n_neurons or more).
        """
        lanes = to_lanes(counts).reshape(*counts.shape[:2], -1)
        dspikes = scratch(lanes.shape, dtype)
        n_outputs: int = len(self.back)
        dcoef, dintercept = np.zeros(self.back.shape), np.zeros(n_outputs)
        loss = self.loop(
            lanes, y, weight, self.filters, self.decoder, self.back, dspikes, dcoef, dintercept)
        dcoef = dcoef[..., : counts.shape[2]].transpose(2, 1, 0)
        return loss, dspikes, dcoef.reshape(-1, n_outputs), dintercept


def _lanes(features, n_filters):
    """Turn (n, n_neurons * n_filters) into (n, n_filters, n_lanes)."""
    lanes = to_lanes(features.reshape(len(features), -1, n_filters).swapaxes(1, 2))
    return lanes.reshape(len(features), n_filters, -1)

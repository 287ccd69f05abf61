"""Decoder compiled for training: outputs from spike counts, and gradients back to the spikes.

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

from .._compile import copy, kernel, scalar, set_zero, stack_array
from .._utils import Array
from ..simulation import WIDTH, scratch, to_lanes
from ._decoder import LinearDecoder

ZERO = np.float64(0)


@scalar
def sum_segments(features, filters, f, counts, first):
    """Compute the features of a panel for filter f from the counts of one sample."""
    set_zero(features, WIDTH)
    for s in range(filters.shape[1]):
        factor, segment = filters[f, s], counts[s, first:]
        if factor != ZERO:
            for h in range(WIDTH):
                features[h] += factor * segment[h]


@scalar
def sum_filters(ds, filters, s, dz, inverse_scale):
    """Compute the gradients of the spikes of one sample in segment s."""
    ds[:] = ZERO
    for f in range(len(filters)):
        if filters[f, s] != 0:
            for h in range(len(ds)):
                ds[h] += filters[f, s] * (dz[f, h] * inverse_scale[f, h])


@kernel
def _decode(counts, filters, coef, intercept, mean, inverse_scale, z, outputs):
    """Compute standardised features and outputs.

    `counts` are (n_samples, n_segments, n_lanes), `filters` (n_filters, n_segments), `coef`
    (n_outputs, n_filters, n_lanes), `mean` and `inverse_scale` (n_filters, n_lanes), and `z`
    (n_samples, n_filters, n_lanes).
    """
    n_outputs, n_filters, n_lanes = coef.shape
    features, sums = stack_array(WIDTH, ZERO), np.empty((n_outputs, WIDTH))
    for b in range(len(counts)):
        sums[:] = ZERO
        for f in range(n_filters):
            for first in range(0, n_lanes, WIDTH):
                # compute the standardised features of a panel
                sum_segments(features, filters, f, counts[b], first)
                centre, factors = mean[f, first:], inverse_scale[f, first:]
                for h in range(WIDTH):
                    features[h] = (features[h] - centre[h]) * factors[h]
                copy(z[b, f, first:], features, WIDTH)
                # compute the outputs, first as sums in vectors
                for j in range(n_outputs):
                    total, weights = sums[j], coef[j, f, first:]
                    for h in range(WIDTH):
                        total[h] += features[h] * weights[h]
        # add the numbers of each vector
        for j in range(n_outputs):
            outputs[b, j] = intercept[j]
            for h in range(WIDTH):
                outputs[b, j] += sums[j, h]


@kernel
def _decode_vjp(z, doutputs, filters, back, inverse_scale, dspikes, dcoef):
    """Write the gradients of the spikes, and add the gradients of the coefficients."""
    n_outputs, n_filters, n_lanes = back.shape
    dz, ds = np.empty((n_filters, n_lanes)), np.empty(n_lanes)
    for b in range(len(z)):
        # carry the gradients back to the features, and to the coefficients
        for f in range(n_filters):
            for h in range(n_lanes):
                dz[f, h] = 0.0
            for j in range(n_outputs):
                d = doutputs[b, j]
                for h in range(n_lanes):
                    dcoef[j, f, h] += d * z[b, f, h]
                    dz[f, h] += d * back[j, f, h]
        # carry the gradients back to the spikes
        for s in range(filters.shape[1]):
            sum_filters(ds, filters, s, dz, inverse_scale)
            for h in range(n_lanes):
                dspikes[b, s, h] = ds[h]


class Decoding(NamedTuple):
    """A decoder in the layout of the spike counts, with its readout filters."""

    filters: Array
    coef: Array
    intercept: Array
    mean: Array
    inverse_scale: Array
    back: Array

    @classmethod
    def of(
            cls, filters: Array, decoder: LinearDecoder, feedback: Array | None = None) -> Self:
        """Return the decoding of a linear decoder of the features of some filters."""
        n_filters = len(filters)
        coef = _lanes(decoder.coef.T, n_filters)
        mean, inverse_scale = (
            _lanes(array[None], n_filters)[0] for array in (decoder.mean, 1 / decoder.scale))
        back = coef if feedback is None else _lanes(feedback.T, n_filters)
        return cls(filters, coef, decoder.intercept, mean, inverse_scale, back)

    def gradient(
            self, loss: Any, counts: Array, y: Array, weight: Array,
            dtype: Any) -> tuple[float, Array, Array, Array]:
        """Return the summed loss, and the gradients of the spikes, coefficients and intercepts.

        The gradients of the spikes are (n_samples, n_segments, n_lanes).
        """
        lanes = to_lanes(counts).reshape(*counts.shape[:2], -1)
        n_outputs, n_filters, n_lanes = self.back.shape
        z, outputs = scratch((len(counts), n_filters, n_lanes), float), np.empty(
            (len(counts), n_outputs))
        _decode(lanes, *self[:5], z, outputs)
        summed, doutputs = loss.gradient(outputs, y, weight)
        dspikes, dcoef = scratch(lanes.shape, dtype), np.zeros(self.back.shape)
        _decode_vjp(
            z, np.ascontiguousarray(doutputs), self.filters, self.back, self.inverse_scale, dspikes,
            dcoef)
        dcoef = dcoef[..., : counts.shape[2]].transpose(2, 1, 0)
        return summed, dspikes, dcoef.reshape(-1, n_outputs), doutputs.sum(axis=0)


def _lanes(features, n_filters):
    """Turn (n, n_neurons * n_filters) into (n, n_filters, n_lanes)."""
    lanes = to_lanes(features.reshape(len(features), -1, n_filters).swapaxes(1, 2))
    return lanes.reshape(len(features), n_filters, -1)

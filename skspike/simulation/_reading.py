"""What a readout reads of a layer's spikes: each neuron's train, weighed by filters of time and summed."""

from typing import NamedTuple

import numpy as np


class Reading(NamedTuple):
    """Filters, (n_filters, n_segments), that are constant in each of the segments of time from one of the `bounds` to the next."""

    bounds: np.ndarray
    filters: np.ndarray

    def features(self, counts):
        """Return the features, (n_samples, n_neurons * n_filters), of counts (n_samples, n_segments, n_neurons)."""
        return (counts.transpose(0, 2, 1) @ self.filters.T).reshape(len(counts), -1)

    def vjp(self, dfeatures):
        """Return the gradients with respect to the spikes in each segment, (n_samples, n_segments, n_neurons), from those of features."""
        return self.filters.T @ dfeatures.reshape(
            len(dfeatures), -1, len(self.filters)).transpose(0, 2, 1)

    def deviations(self):
        """Return the deviation that independent spikes give each filter, in units of that which they give a count; 1 if it sees none."""
        lengths = np.diff(self.bounds)
        found = np.sqrt(self.filters**2 @ lengths / lengths.sum())
        return np.where(found > 0, found, 1.0)


def read_by(readout, n_steps, dt):
    """Return the reading of a readout; without one, that of the spike counts."""
    filters = np.ones((1, n_steps)) if readout is None else np.asarray(
        readout.filters(n_steps, dt), float)
    if filters.ndim != 2 or filters.shape[1] != n_steps or not np.isfinite(filters).all():
        wanted, name = f"finite numbers of shape (n_filters, {n_steps})", type(readout).__name__
        raise ValueError(
            f"{name}.filters must return {wanted}, got an array of shape {filters.shape}.")
    changes = np.flatnonzero((filters[:, 1:] != filters[:, :-1]).any(axis=0)) + 1
    bounds = np.array([0, *changes, n_steps])
    return Reading(bounds, filters[:, bounds[:-1]])

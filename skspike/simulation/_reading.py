"""Readout filters, compressed to segments of time with constant filters."""

from typing import Any, NamedTuple

import numpy as np

from .._utils import Array


class Reading(NamedTuple):
    """Filters in time as a matrix from spike counts to features.

    `filters`, (n_filters, n_segments), are constant in each segment of time. The segments lie
    between `bounds`, (n_segments + 1,), in steps.
    """

    bounds: Array
    filters: Array

    def features(self, counts: Array) -> Array:
        """Return features (n_samples, n_neurons * n_filters) of spike counts in each segment.

        The counts are (n_samples, n_segments, n_neurons).
        """
        return (counts.transpose(0, 2, 1) @ self.filters.T).reshape(len(counts), -1)

    def vjp(self, dfeatures: Array) -> Array:
        """Return the gradients of the spikes in each segment from the gradients of the features."""
        return self.filters.T @ dfeatures.reshape(
            len(dfeatures), -1, len(self.filters)).transpose(0, 2, 1)

    def deviations(self) -> Array:
        """Return the standard deviation of each feature for independent spikes.

        The unit is the standard deviation of a spike count. The value is 1 for a filter of zeros.
        """
        lengths = np.diff(self.bounds)
        found = np.sqrt(self.filters**2 @ lengths / lengths.sum())
        return np.where(found > 0, found, 1.0)


def read_by(readout: Any, n_steps: int, dt: float) -> Reading:
    """Return the `Reading` of a readout, or of the spike counts if it is None."""
    filters = np.ones((1, n_steps)) if readout is None else np.asarray(
        readout.filters(n_steps, dt), float)
    if filters.ndim != 2 or filters.shape[1] != n_steps or not np.isfinite(filters).all():
        wanted, name = f"finite numbers of shape (n_filters, {n_steps})", type(readout).__name__
        raise ValueError(
            f"{name}.filters must return {wanted}, got an array of shape {filters.shape}.")
    changes = np.flatnonzero((filters[:, 1:] != filters[:, :-1]).any(axis=0)) + 1
    bounds = np.array([0, *changes, n_steps])
    return Reading(bounds, filters[:, bounds[:-1]])

"""Distance of samples from usual ones, by the outputs of a classifier and by the input.

    d_1 = min_k (o - mean_k)' P (o - mean_k)      outputs o, covariance inv(P) within classes
    d_2 = distance of x to its 5th neighbour      x: moments of the channels, scaled
    novelty = sum_i (log d_i - median_i) / (quantile_i - median_i)

The medians, and the quantiles of 95 %, are those of usual samples. The outputs recognise classes
that were not learned, and the input recognises noise, other amplitudes and swapped channels.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._checks import Ragged
from .._utils import Array

N_NEIGHBOURS, SHRINKAGE, SMALLEST = 5, 0.05, 1e-9
QUANTILE = 0.95
BLOCK = 1000  # samples whose distances are computed at once


def moments_of(X: Any) -> Array:
    """Return the mean and deviation of each channel of series, or the values of a table."""
    if isinstance(X, Ragged):
        found = [moments_of(np.asarray(x)[np.newaxis])[0] for x in X]
        return np.stack(found)
    if X.ndim == 2:
        return X.astype(np.float32)
    return np.hstack([X.mean(axis=2), X.std(axis=2)]).astype(np.float32)


class Usual(NamedTuple):
    """Statistics of usual samples.

    Parameters
    ----------
    mean : ndarray of shape (n_classes, n_outputs)
        Mean outputs of each class.
    precision : ndarray of shape (n_outputs, n_outputs)
        Inverse of the covariance within classes.
    unit : ndarray of shape (n_moments,)
        Unit of each moment of the input.
    neighbours : ndarray of shape (n_kept, n_moments)
        Moments of training samples, in these units.
    centre, width : ndarray of shape (2,)
        Median of the logarithms of the distances, and the distance of their quantile from it.
    """

    mean: Array
    precision: Array
    unit: Array
    neighbours: Array
    centre: Array
    width: Array

    @classmethod
    def of(cls, known: Array, moments: Array, outputs: Array, y: Array) -> Self:
        """Return the statistics.

        `known` are the moments of training samples. `moments`, `outputs` and `y` are those of other
        usual samples, with class indices.
        """
        # outputs of each class
        classes = np.unique(y)
        mean = np.stack([outputs[y == k].mean(axis=0) for k in classes])
        deviations = outputs - mean[np.searchsorted(classes, y)]
        covariance = deviations.T @ deviations / len(y)
        variance = np.diag(covariance) + SMALLEST
        covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(variance) + (
            SMALLEST * np.eye(len(variance)))
        # input of training samples
        spread = known.std(axis=0)
        unit = np.maximum(spread, 1e-3 * known.std() + SMALLEST)
        found = cls(
            mean, np.linalg.inv(covariance), unit, known / unit, np.zeros(2), np.ones(2))
        # scale of the distances
        logs = found._logs(outputs, moments)
        centre = np.median(logs, axis=0)
        width = np.quantile(logs, QUANTILE, axis=0) - centre
        return found._replace(centre=centre, width=np.maximum(width, SMALLEST))

    def novelty(self, outputs: Array, moments: Array) -> Array:
        """Return the novelty of samples, about 0 for usual ones."""
        each = (self._logs(outputs, moments) - self.centre) / self.width
        return np.asarray(each.sum(axis=1))

    def _logs(self, outputs: Array, moments: Array) -> Array:
        """Return the logarithms of both distances, (n_samples, 2)."""
        blocks = range(0, len(moments), BLOCK)
        distances = [self._to_neighbours(moments[k : k + BLOCK]) for k in blocks]
        both = [self._to_classes(outputs), np.concatenate(distances)]
        return np.log(np.stack(both, axis=1) + SMALLEST)

    def _to_classes(self, outputs: Array) -> Array:
        """Return the squared distance from the nearest class."""
        deviations = outputs[:, np.newaxis] - self.mean
        return np.einsum(
            "nki,ij,nkj->nk", deviations, self.precision, deviations,
            optimize=True).min(axis=1).clip(0)

    def _to_neighbours(self, moments: Array) -> Array:
        """Return the squared distance from a close training sample."""
        x, k = moments / self.unit, min(N_NEIGHBOURS, len(self.neighbours)) - 1
        squares = np.square(x).sum(axis=1)[:, np.newaxis] + np.square(self.neighbours).sum(axis=1)
        distances = squares - 2 * x @ self.neighbours.T
        return np.partition(distances, k, axis=1)[:, k].clip(0)

"""Distance of samples from usual ones, by the outputs of a classifier and by the input.

    d_1 = min_k (o - mean_k)' P (o - mean_k)      outputs o, covariance inv(P) within classes
    d_2 = distance of x to its 5th neighbour      x: moments of the channels, scaled
    novelty = sum_i (log d_i - median_i) / (quantile_i - median_i)

The medians, and the quantiles of 95 %, are those of usual samples, each compared with the mean of
the others of its class. The outputs recognise classes that were not learned, and the input
recognises noise, other amplitudes and swapped channels.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._checks import Ragged
from .._utils import Array

N_NEIGHBOURS, SHRINKAGE, SMALLEST = 5, 0.05, 1e-9
LARGEST = 1e140  # number of units whose square does not overflow
QUANTILE = 0.95
BLOCK = 1000  # samples whose distances are computed at once


def moments_of(X: Any) -> Array:
    """Return the mean and deviation of each channel of series, or the values of a table."""
    if isinstance(X, Ragged):
        found = [moments_of(np.asarray(x)[np.newaxis])[0] for x in X]
        return np.stack(found)
    if X.ndim == 2:
        return X.astype(float)
    return np.hstack([X.mean(axis=2, dtype=float), X.std(axis=2, dtype=float)])


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

        `known` are the moments of training samples. `moments`, `outputs` and `y` are those of at
        least two other usual samples, with class indices. If no class has two of them, they count
        as one class.
        """
        # outputs of each class
        _, index, counts = np.unique(y, return_inverse=True, return_counts=True)
        if counts.max() == 1:
            index, counts = np.zeros(len(y), int), np.array([len(y)])
        mean = np.stack([outputs[index == k].mean(axis=0) for k in range(len(counts))])
        deviations = outputs - mean[index]
        covariance = deviations.T @ deviations / len(y)
        variance = np.diag(covariance) + SMALLEST
        covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(variance) + (
            SMALLEST * np.eye(len(variance)))
        # input of training samples
        spread = known.std(axis=0)
        varies = spread > 1e-12 * np.abs(known).max(axis=0)  # beyond rounding
        unit = np.where(varies, spread, 1e-3 * spread.mean() + SMALLEST)
        found = cls(
            mean, np.linalg.inv(covariance), unit, known / unit, np.zeros(2), np.ones(2))
        # scale of the distances. A class mean contains its own samples: without a sample, its
        # distance from the mean of n samples is n / (n - 1) times as large
        others = counts[index] - 1
        is_compared = others > 0
        to_classes = found._to_classes(outputs)
        own = np.arange(len(index)), index
        to_classes[own] *= ((others + 1) / np.maximum(others, 1)) ** 2
        logs = found._logs(to_classes, moments)[is_compared]
        centre = np.median(logs, axis=0)
        width = np.quantile(logs, QUANTILE, axis=0) - centre
        # a quantile of n values has an error of about 1 / sqrt(n)
        return found._replace(centre=centre, width=np.maximum(width, len(logs) ** -0.5))

    def novelty(self, outputs: Array, moments: Array) -> Array:
        """Return the novelty of samples, about 0 for usual ones."""
        logs = self._logs(self._to_classes(outputs), moments)
        return np.asarray(((logs - self.centre) / self.width).sum(axis=1))

    def _logs(self, to_classes: Array, moments: Array) -> Array:
        """Return the logarithms of the distances from the nearest class and from a neighbour."""
        blocks = range(0, len(moments), BLOCK)
        distances = [self._to_neighbours(moments[k : k + BLOCK]) for k in blocks]
        both = [to_classes.min(axis=1), np.concatenate(distances)]
        return np.log(np.stack(both, axis=1) + SMALLEST)

    def _to_classes(self, outputs: Array) -> Array:
        """Return the squared distances from the classes, (n_samples, n_classes)."""
        deviations = outputs[:, np.newaxis] - self.mean
        return np.einsum(
            "nki,ij,nkj->nk", deviations, self.precision, deviations, optimize=True).clip(0)

    def _to_neighbours(self, moments: Array) -> Array:
        """Return the squared distance from a close training sample.

        Both are centred, because the difference of large squares would be inexact.
        """
        origin = self.neighbours.mean(axis=0)
        x = (moments / self.unit - origin).clip(-LARGEST, LARGEST)
        known, k = self.neighbours - origin, min(N_NEIGHBOURS, len(self.neighbours)) - 1
        squares = np.square(x).sum(axis=1)[:, np.newaxis] + np.square(known).sum(axis=1)
        return np.partition(squares - 2 * x @ known.T, k, axis=1)[:, k].clip(0)

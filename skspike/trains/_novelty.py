"""Novelty: how much samples differ from the training data, by their distance from the classes.

    d_k^2 = (x - mean_k)' P_k (x - mean_k)      Mahalanobis' distance, inv(P_k) is shrunk

`Typical` compares spike trains by the log likelihoods of their models, and `Usual` compares any
samples by the outputs of a classifier and by the input. `UsualSums` compares what early decisions
read.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from .._base import Array, Ragged

SHRINKAGE, SMALLEST = 0.05, 1e-9  # of covariances towards the variances, and smallest unit
NOVEL = 0.05  # share of the training samples whose novelty is above the threshold
N_NEIGHBOURS = 5
LARGEST = 1e140  # number of units whose square does not overflow
QUANTILE = 0.95
BLOCK = 1000  # samples whose distances are computed at once
RESOLUTION = 1e-3  # of sums, relative to their size


def inverse(covariance):
    """Return the inverse of covariances, (..., n, n), shrunk towards their variances."""
    variance = np.einsum("...ii->...i", covariance)
    return np.linalg.inv(
        (1 - SHRINKAGE) * covariance
        + (SHRINKAGE * variance + SMALLEST)[..., np.newaxis] * np.eye(variance.shape[-1]))


class Typical(NamedTuple):
    """Typical features of the training samples of each class.

    A low likelihood alone is no sign of novelty, because regular trains are more likely than
    irregular ones, also under a model of irregular trains. So two kinds of features are compared:
    the log likelihoods per step by all models, under the class and under the others, and the
    decision for the class. The distance from the nearest class counts.

    d^2 = min_k  (a d_k^2 of the log likelihoods + b d_k^2 of the decision) / 2

    Each d_k^2 is divided by the number of its features. a and b are such that both terms have the
    same deviation over the training samples.

    Parameters
    ----------
    mean : ndarray of shape (n_classes, n_features)
        Means of the features over the samples of each class.
    scale : ndarray of shape (n_features,)
        Standard deviations within classes.
    precision : ndarray of shape (n_classes, n_features, n_features)
        Inverse of the covariance of scaled features in each class.
    """

    mean: Array
    scale: Array
    precision: Array

    @classmethod
    def of(cls, values: Array, y: Array, n_classes: int, weights: Array) -> Self:
        """Return the typical features of samples, each for its own class."""
        n_features, n_all = values.shape[1], weights.sum()
        one_hot = weights[:, np.newaxis] * (y[:, np.newaxis] == np.arange(n_classes))
        n = one_hot.sum(axis=0)
        # a class without samples has the mean of all samples
        everywhere = weights @ values / n_all
        mean = (one_hot.T @ values + 1e-9 * everywhere) / (n + 1e-9)[:, np.newaxis]
        deviations = values - mean[y]
        scale = np.sqrt(weights @ deviations**2 / n_all) + SMALLEST
        deviations /= scale
        of_class = np.array([
            (deviations * share[:, np.newaxis]).T @ deviations for share in one_hot.T])
        # the covariance of all classes counts as much as one sample for each feature
        strength = n_features / n_all * of_class.sum(axis=0)
        covariance = (of_class + strength) / (n + n_features)[:, np.newaxis, np.newaxis]
        return cls(mean, scale, inverse(covariance))

    def square(self, values: Array, k: int) -> Array:
        """Return the squared distance of each sample from class k, per feature."""
        deviations = np.ascontiguousarray(((values - self.mean[k]) / self.scale).T)
        square = np.zeros(len(values))
        # in an order that does not depend on the number of samples
        for one, precisions in zip(deviations, self.precision[k], strict=True):
            product = np.zeros(len(values))
            for other, precision in zip(deviations, precisions, strict=True):
                product += precision * other
            square += one * product
        return np.maximum(square, 0) / len(self.scale)

    def deviation(self, values: Array, y: Array, weights: Array) -> Any:
        """Return the deviation of the squared distances of samples from their own classes."""
        squares = np.empty(len(y))
        for k in range(len(self.mean)):
            squares[y == k] = self.square(values[y == k], k)
        squares -= weights @ squares / weights.sum()
        return np.sqrt(weights @ squares**2 / weights.sum()) + SMALLEST


def fit_novelty(models: Any, held: Any) -> tuple[tuple[Typical, ...], float]:
    """Return the typical features of held-out samples, and the threshold of their novelty."""
    y, weights = held.y, held.weights
    sizes = 2 * np.count_nonzero(_compared(models)), 1
    values: list[Any] = [np.empty((len(y), n)) for n in sizes]
    for k, blocks in enumerate(features(models, held.scores, held.n_steps)):
        for own, block in zip(values, blocks, strict=True):
            own[y == k] = block[y == k]
    both = [Typical.of(own, y, models.n_classes, weights) for own in values]
    shares = 1 / np.array([
        typical.deviation(own, y, weights) for typical, own in zip(both, values, strict=True)])
    typical = tuple(
        own._replace(precision=share * own.precision)
        for own, share in zip(both, shares / shares.mean(), strict=True))
    found = novelty(models, typical, held.scores, held.n_steps)
    order = np.argsort(found)
    reached = np.cumsum(weights[order]) >= (1 - NOVEL) * weights.sum()
    return typical, float(found[order[np.argmax(reached)]])


def novelty(models: Any, typical: tuple[Typical, ...], scores: Array, n_steps: Array) -> Array:
    """Return the distance of samples from the nearest class, given the scores of the models."""
    nearest = np.full(len(scores), np.inf)
    for k, blocks in enumerate(features(models, scores, n_steps)):
        squares = [own.square(values, k) for own, values in zip(typical, blocks, strict=True)]
        nearest = np.minimum(nearest, (squares[0] + squares[1]) / 2)
    return np.sqrt(nearest)


def features(models, scores, n_steps):
    """Yield the features for each class: of the models, and of the decision.

    Models that are likelihoods are compared, or all if there are none.
    """
    n_steps = n_steps[:, np.newaxis, np.newaxis]
    decision = models.decision(scores)[:, np.newaxis] / n_steps
    scores = scores[:, _compared(models)] / n_steps
    for k in range(models.n_classes):
        yield np.hstack([scores[:, :, k], _others(scores, k)]), (
            decision[:, :, k] - _others(decision, k))


def _others(scores, k):
    """Return the means of scores, (n_samples, n_models, n_classes), over the other classes."""
    others = np.zeros(scores.shape[:2])
    for j in range(scores.shape[2]):
        if j != k:
            others += scores[:, :, j]
    return others / (scores.shape[2] - 1)


def _compared(models):
    """Return which models are compared."""
    is_likelihood = models.is_likelihood
    return is_likelihood if is_likelihood.any() else ~is_likelihood


def moments_of(X: Any) -> Array:
    """Return the mean and deviation of each channel of series, or the values of a table."""
    if isinstance(X, Ragged):
        found = [moments_of(np.asarray(x)[np.newaxis])[0] for x in X]
        return np.stack(found)
    if X.ndim == 2:
        return X.astype(float)
    return np.hstack([X.mean(axis=2, dtype=float), X.std(axis=2, dtype=float)])


class Usual(NamedTuple):
    """Statistics of usual outputs of a classifier, and of its usual input.

    d_1 = min_k (o - mean_k)' P (o - mean_k)      outputs o, covariance inv(P) within classes
    d_2 = distance of x to its 5th neighbour      x: moments of the channels, scaled
    novelty = sum_i (log d_i - median_i) / (quantile_i - median_i)

    The medians, and the quantiles of 95 %, are those of usual samples, each compared with the mean
    of the others of its class. The outputs recognise classes that were not learned, and the input
    recognises noise, other amplitudes and swapped channels.

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
        precision = inverse(deviations.T @ deviations / len(y))
        # input of training samples
        spread = known.std(axis=0)
        varies = spread > 1e-12 * np.abs(known).max(axis=0)  # beyond rounding
        unit = np.where(varies, spread, 1e-3 * spread.mean() + SMALLEST)
        found = cls(mean, precision, unit, known / unit, np.zeros(2), np.ones(2))
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


class UsualSums(NamedTuple):
    """Usual sums of the steps so far, at each time of a possible decision.

    novelty = log mean_i ((x_i - mean_i) / scale_i)^2     sums x, mean of the decided class

    Whitened sums, a unit for each time, and the probability at the end of a sample did not
    recognise clearly more.

    Parameters
    ----------
    mean : ndarray of shape (n_times, n_classes, n_sums), float32
        Mean sums of each class.
    scale : ndarray of shape (n_times, n_sums), float32
        Standard deviations within classes.
    """

    mean: Array
    scale: Array

    @classmethod
    def of(cls, sums: Array, y: Array) -> Self:
        """Return the statistics of training samples, (n_samples, n_times, n_sums).

        `y` are indices of classes. Each of them has a sample.
        """
        n_classes = y.max() + 1
        mean = np.stack([sums[y == k].mean(axis=0) for k in range(n_classes)], axis=1)
        squares = ((sums - mean.swapaxes(0, 1)[y]) ** 2).sum(axis=0)
        # the variance of all samples counts as one sample
        variance = (squares + sums.var(axis=0)) / (len(y) - n_classes + 1)
        least = RESOLUTION * np.abs(sums).mean(axis=0) + SMALLEST
        # in float32, as in C
        return cls(mean.astype(np.float32), np.hypot(np.sqrt(variance), least).astype(np.float32))

    def novelty(self, sums: Array, times: Array, classes: Array) -> Array:
        """Return the novelty of samples by their sums at one time, (n_samples, n_sums).

        `times` and `classes` are the indices of the times and of the decided classes.
        """
        deviations = (sums - self.mean[times, classes]) / self.scale[times]
        square = np.square(deviations.clip(-LARGEST, LARGEST)).mean(axis=1)
        return np.asarray(np.log(square + SMALLEST))

    def sum_of_squares(self, novelty: float) -> float:
        """Return the sum of the squared deviations of a sample of some novelty."""
        return float(len(self.scale[0]) * (np.exp(novelty) - SMALLEST))

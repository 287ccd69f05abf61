"""Distance of a sample from the training samples, in the space of its log likelihoods.

A low likelihood alone is no sign of novelty, because regular trains are more likely than irregular
ones, also under a model of irregular trains. So two things are compared with the training samples
of each class, by their mean and covariance: the log likelihoods per step by all models, under the
class and under the others, and the decision for the class. The distance from the nearest class
counts.

    d^2 = min over classes of  a (x - mean)^T C^-1 (x - mean) / n + b (decision - mean)^2 / variance

a and b are such that both terms have the same deviation over the training samples.
"""

from typing import NamedTuple

import numpy as np

from .._utils import Array
from ._pool import over_samples

SHRINKAGE = 0.05  # of covariances towards the variances
MIN_SCALE = 1e-9


class Typical(NamedTuple):
    """Typical features of the training samples.

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


def features(scores, k):
    """Return the scores of class k, and the means over the other classes.

    Scores are (n_samples, n_models, n_classes), and the two results (n_samples, n_models).
    """
    others = np.zeros(scores.shape[:2])
    for j in range(scores.shape[2]):
        if j != k:
            others += scores[:, :, j]
    return scores[:, :, k], others / (scores.shape[2] - 1)


def fit_typical(values, y, n_classes, sample_weight):
    """Return the typical features of samples, each for its own class."""
    n_features, n_all = values.shape[1], sample_weight.sum()
    one_hot = sample_weight[:, np.newaxis] * (y[:, np.newaxis] == np.arange(n_classes))
    n = over_samples(one_hot)
    # a class without samples has the mean of all samples
    everywhere = sample_weight @ values / n_all
    mean = (one_hot.T @ values + 1e-9 * everywhere) / (n + 1e-9)[:, np.newaxis]
    deviations = values - mean[y]
    scale = np.sqrt(sample_weight @ deviations**2 / n_all) + MIN_SCALE
    deviations /= scale
    of_class = np.array([(deviations * share[:, np.newaxis]).T @ deviations for share in one_hot.T])
    # the covariance of all classes counts as much as one sample for each feature
    strength = n_features / n_all * of_class.sum(axis=0)
    covariance = (of_class + strength) / (n + n_features)[:, np.newaxis, np.newaxis]
    variance = np.einsum("kii->ki", covariance)
    covariance = (1 - SHRINKAGE) * covariance + (
        SHRINKAGE * variance + MIN_SCALE)[:, np.newaxis] * np.eye(n_features)
    return Typical(mean, scale, np.linalg.inv(covariance))


def square_distance(typical, values, k):
    """Return the squared distance of each sample from class k, per feature."""
    deviations = np.ascontiguousarray(((values - typical.mean[k]) / typical.scale).T)
    square = np.zeros(len(values))
    # in an order that does not depend on the number of samples
    for one, precisions in zip(deviations, typical.precision[k], strict=True):
        product = np.zeros(len(values))
        for other, precision in zip(deviations, precisions, strict=True):
            product += precision * other
        square += one * product
    return np.maximum(square, 0) / len(typical.scale)


def balanced(blocks, values, y, sample_weight):
    """Return typical features whose squared distances have equal deviations over the samples."""
    weights, n_all = [], sample_weight.sum()
    for typical, own in zip(blocks, values, strict=True):
        squares = np.empty(len(y))
        for k in range(len(typical.mean)):
            squares[y == k] = square_distance(typical, own[y == k], k)
        squares -= sample_weight @ squares / n_all
        weights.append(1 / (np.sqrt(sample_weight @ squares**2 / n_all) + MIN_SCALE))
    shares = np.array(weights) / np.mean(weights)
    return tuple(
        typical._replace(precision=share * typical.precision)
        for typical, share in zip(blocks, shares, strict=True))

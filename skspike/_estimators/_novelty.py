"""Distance of a sample from the training samples, in the space of its log likelihoods.

A low likelihood alone is no sign of novelty, because regular trains are more likely than irregular
ones, also under a model of irregular trains. So the log likelihoods per step of all models under
the best class, and their advantage over the other classes, are compared with the training samples
of the same predicted class: their mean and covariance.
"""

from typing import NamedTuple

import numpy as np

from .._utils import Array
from ._pool import over_samples

SHRINKAGE = 0.05  # of covariances towards the variances
MIN_SCALE = 1e-9


class Typical(NamedTuple):
    """Typical log likelihoods of the training samples.

    Parameters
    ----------
    mean : ndarray of shape (n_classes, n_features)
        Means of the features over the samples of each predicted class.
    scale : ndarray of shape (n_features,)
        Standard deviations within classes.
    precision : ndarray of shape (n_classes, n_features, n_features)
        Inverse of the covariance of scaled features in each class.
    """

    mean: Array
    scale: Array
    precision: Array


def features(scores, n_steps, best):
    """Return the features of samples with their best classes, (n_samples, 2 n_models)."""
    scores = scores / n_steps[:, np.newaxis, np.newaxis]
    of_best = np.take_along_axis(scores, best[:, np.newaxis, np.newaxis], axis=2)[:, :, 0]
    others = np.zeros_like(of_best)
    for k in range(scores.shape[2]):
        others += np.where((best == k)[:, np.newaxis], 0, scores[:, :, k])
    advantage = of_best - others / (scores.shape[2] - 1)
    return np.concatenate([of_best, advantage], axis=1)


def fit_typical(values, best, n_classes, sample_weight):
    """Return the typical features of samples."""
    n_features, n_all = values.shape[1], sample_weight.sum()
    one_hot = sample_weight[:, np.newaxis] * (best[:, np.newaxis] == np.arange(n_classes))
    n = over_samples(one_hot)
    # a class that is never predicted has the mean of all samples
    everywhere = sample_weight @ values / n_all
    mean = (one_hot.T @ values + 1e-9 * everywhere) / (n + 1e-9)[:, np.newaxis]
    deviations = values - mean[best]
    scale = np.sqrt(sample_weight @ deviations**2 / n_all) + MIN_SCALE
    deviations /= scale
    of_class = np.einsum("nk,ni,nj->kij", one_hot, deviations, deviations, optimize=True)
    # the covariance of all classes counts as much as one sample for each feature
    strength = n_features / n_all * of_class.sum(axis=0)
    covariance = (of_class + strength) / (n + n_features)[:, np.newaxis, np.newaxis]
    variance = np.einsum("kii->ki", covariance)
    covariance = (1 - SHRINKAGE) * covariance + (
        SHRINKAGE * variance + MIN_SCALE)[:, np.newaxis] * np.eye(n_features)
    return Typical(mean, scale, np.linalg.inv(covariance))


def distance(typical, values, best):
    """Return the distance of each sample from its class, in standard deviations per feature."""
    deviations = (values - typical.mean[best]) / typical.scale
    square = np.einsum("ni,nij,nj->n", deviations, typical.precision[best], deviations)
    return np.sqrt(np.maximum(square, 0) / len(typical.scale))

"""Expert of spike counts: linear discriminant analysis."""

import numpy as np

from .._base import Array
from ._expert import Arrays, LookupExpert


class Linear(LookupExpert):
    """Linear discriminant analysis of spike counts.

    The counts of a class have a normal distribution, with the same covariance in all classes. The
    covariance is shrunk to the variances, with the strength of the oracle approximating shrinkage
    estimator [1]_. It is the best expert for rates that are correlated between channels, such as
    the rates of an encoded table. It uses sums of squares only, so it can learn in chunks.

    See Also
    --------
    Rate : The rate over time, without correlations.
    skspike.SpikeCounter : Counts as features.

    References
    ----------
    .. [1] Y. Chen, A. Wiesel, Y. Eldar, A. Hero, "Shrinkage algorithms for MMSE covariance
           estimation", IEEE Transactions on Signal Processing 58 (2010) 5016-5029.

    Examples
    --------
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(200, rates=(10, 30), random_state=0)
    >>> SpikeTrainClassifier("linear").fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    1.0
    """

    name = "linear"
    n_symbols = 2
    is_likelihood = False  # the score of a class, up to a constant of the train

    def symbols(self, raster: Array, memory: Array, n_symbols: int) -> Array:
        """Return the spikes."""
        return raster

    def count(self, raster: Array, y: Array, weights: Array, n_classes: int) -> Arrays:
        """Return the sums of counts and of their products in each class."""
        n_channels = raster.shape[1]
        n_spikes = raster.sum(axis=2, dtype=float)
        weight, total = np.bincount(y, weights, n_classes), np.zeros((n_classes, n_channels))
        np.add.at(total, y, weights[:, np.newaxis] * n_spikes)
        products = np.einsum("i,ic,id->cd", weights, n_spikes, n_spikes, optimize=True)
        return {
            "weight": weight, "spikes": total, "products": products,
            "steps": np.array([weights.sum() * raster.shape[2]])}

    def tables(self, counts: Arrays, settings: Array | None = None) -> Arrays:
        """Return the evidence of a step without and with a spike."""
        weight, n_channels = counts["weight"], counts["spikes"].shape[1]
        n = max(weight.sum(), 1e-9)
        # a class without samples has the mean of all samples
        prior = counts["spikes"].sum(axis=0) / n
        means = (counts["spikes"] + 1e-9 * prior) / (weight + 1e-9)[:, np.newaxis]
        within = counts["products"] - (weight * means.T) @ means
        slopes = _solved(within / n, means.T, n).T
        offsets = -0.5 * (slopes * means).sum(axis=1)
        # each step of each channel has an equal share of the offset
        share = offsets / (n_channels * max(counts["steps"][0] / n, 1))
        table = np.stack([np.tile(share, (n_channels, 1)), slopes.T + share], axis=-1)
        return {"all": np.ascontiguousarray(table)}


def _solved(covariance, means, n):
    """Return the product of the inverse of a shrunk covariance with the means of the classes."""
    # at least a tenth of a spike, so that constant channels have no infinite evidence
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.01))
    correlation = covariance / np.outer(scale, scale)
    p, trace, squares = len(scale), np.trace(correlation), (correlation**2).sum()
    shrinkage = ((1 - 2 / p) * squares + trace**2) / max(
        (n + 1 - 2 / p) * (squares - trace**2 / p), 1e-12)
    shrinkage = min(max(shrinkage, 1e-6), 1.0)
    mixed = (1 - shrinkage) * correlation + shrinkage * np.eye(p)
    return np.linalg.solve(mixed, means / scale[:, np.newaxis]) / scale[:, np.newaxis]

"""Experts whose probability of a spike depends on a context, learned by a context tree."""

import numpy as np

from .._utils import Array
from ._base import Arrays
from ._lookup import LookupExpert, add_counts
from ._mixture import additive, estimate, mixture, node_counts, shrink

BASE_STRENGTH = 2.0  # steps that the mean over all classes is worth, as the prior of a class
EFFECT_STRENGTH = 8.0  # the same for the effects of classes and of channels
# steps that both effects together are worth, as the prior of a channel in a class
STRENGTHS = 2.0, 8.0, 32.0, 128.0, 1024.0, 16384.0
BLOCK = 2**17  # nodes of trees that are computed at a time


class TreeExpert(LookupExpert):
    """Base of the experts whose probability of a spike depends on a context of a few bits.

    The log probabilities are a mixture over all prunings of the binary tree of contexts, so that
    the data select how many bits matter (context tree weighting [1]_). The model "shared" has one
    tree for all channels of a class. The model "each" has one tree for each channel, with a prior
    of the class and the channel, whose strength is chosen by the evidence of the training data.

    A subclass defines ``name``, ``n_bits``, and the method `symbols`. The first bit of a context
    is the most important one.

    See Also
    --------
    History : The context is the last 8 steps.

    References
    ----------
    .. [1] F. Willems, Y. Shtarkov, T. Tjalkens, "The context-tree weighting method: basic
           properties", IEEE Transactions on Information Theory 41 (1995) 653-664.

    Examples
    --------
    The context is whether another channel had a spike in the step before:

    >>> import numpy as np
    >>> from skspike import SpikeTrainClassifier
    >>> from skspike.datasets import make_sync
    >>> from skspike.experts import TreeExpert
    >>> class Others(TreeExpert):
    ...     name, n_bits = "others", 1
    ...     def memory(self, n_samples, n_channels):
    ...         return np.zeros((n_samples, n_channels, 1), np.uint8)
    ...     def symbols(self, raster, memory, n_symbols):
    ...         before = np.concatenate([memory, raster[:, :, :-1]], axis=2)
    ...         memory[:] = raster[:, :, -1:]
    ...         others = before.sum(axis=1, keepdims=True) - before > 0
    ...         return 2 * others.astype(np.uint8) + raster
    >>> X, y = make_sync(400, random_state=0)
    >>> SpikeTrainClassifier([Others()]).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.7
    True
    """

    n_bits: int  # length of the contexts, of the class or a parameter

    @property
    def n_symbols(self) -> int:  # type: ignore[override]
        """Number of symbols: contexts, each without and with a spike."""
        return 2 << self.n_bits

    def models(self, n_channels: int) -> tuple[str, ...]:
        """Return the names of the models: "shared", and "each" if there are several channels."""
        return ("shared", "each") if n_channels > 1 else ("shared",)

    def count(self, raster: Array, y: Array, weights: Array, n_classes: int) -> Arrays:
        """Return how often each symbol occurs in each class and channel."""
        if (weights == 1).all():  # integers are added faster
            weights = weights.astype(np.int64)
        return {"symbols": self._counts(raster, y, weights, n_classes).astype(float)}

    def _counts(self, raster, y, weights, n_classes):
        """Return the sums of the weights of the samples with each symbol."""
        symbols = self.symbols(raster, self.memory(*raster.shape[:2]), self.n_symbols)
        counts = np.zeros((n_classes, raster.shape[1], self.n_symbols), weights.dtype)
        add_counts(symbols, y, weights, counts)
        return counts

    def settings(self, counts: Arrays) -> Array | None:
        """Return the strength of the prior of each channel, by its evidence."""
        if counts["symbols"].shape[1] == 1:
            return None
        total = [
            sum(found.sum() for found, _ in self._channels(counts, strength))
            for strength in STRENGTHS]
        return np.array([STRENGTHS[int(np.argmax(total))]])

    def tables(self, counts: Arrays, settings: Array | None = None) -> Arrays:
        """Return the log probabilities of symbols, given their contexts."""
        leaves = _leaves(counts)
        by_class = node_counts(leaves.sum(axis=1))
        _, shared = mixture(by_class, _mean_of_all(leaves), BASE_STRENGTH)
        tables = {"shared": np.ascontiguousarray(shared[np.newaxis])}
        if settings is not None:
            each = [table for _, table in self._channels(counts, settings[0])]
            tables["each"] = np.ascontiguousarray(np.concatenate(each, axis=1).swapaxes(0, 1))
        return tables

    def _channels(self, counts, strength):
        """Yield the evidence and the tables of blocks of channels, (n_classes, n_block, ...)."""
        leaves = _leaves(counts)
        p_all = _mean_of_all(leaves)
        p_class = estimate(node_counts(leaves.sum(axis=1)), p_all, EFFECT_STRENGTH)
        n_classes, n_channels, n_leaves, _ = leaves.shape
        size = max(BLOCK // (2 * n_classes * n_leaves), 1)
        for first in range(0, n_channels, size):
            block = leaves[:, first : first + size]
            p_channel = estimate(node_counts(block.sum(axis=0)), p_all, EFFECT_STRENGTH)
            mean = additive(p_class[:, np.newaxis], p_channel, p_all)
            yield mixture(node_counts(block), mean, strength)


def _leaves(counts):
    """Return counts without and with a spike, (n_classes, n_channels, n_contexts, 2)."""
    symbols = counts["symbols"]
    return symbols.reshape(*symbols.shape[:2], -1, 2)


def _mean_of_all(leaves):
    """Return the probability of a spike in each node, over all classes and channels."""
    everything = leaves.sum(axis=(0, 1))
    mean = (everything[:, 1].sum() + 0.5) / (everything.sum() + 1)
    return shrink(node_counts(everything), BASE_STRENGTH, mean)

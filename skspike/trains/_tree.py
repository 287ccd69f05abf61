"""Experts whose probability of a spike depends on a context, learned by context tree weighting.

The probability is the exact mixture of all prunings of a binary tree of contexts. A tree of depth d
has 2**d leaves, the contexts. The first bit of a context is the most important one. Each node holds
the counts of steps without and with a spike, and estimates the probability of a spike with a beta
prior. A pruning of the tree makes some nodes leaves. Nodes are in the order of a heap: node 1 is
the root, and the children of node i are 2 i and 2 i + 1.

Willems, Shtarkov and Tjalkens (1995). The context-tree weighting method: basic properties. IEEE
Transactions on Information Theory 41, 653-664.
"""

import numpy as np
from scipy.special import gammaln

from .._base import Array
from ._expert import Arrays, LookupExpert, add_counts

BASE_STRENGTH = 2.0  # steps that the mean over all classes is worth, as the prior of a class
EFFECT_STRENGTH = 8.0  # the same for the effects of classes and of channels
# steps that both effects together are worth, as the prior of a channel in a class
STRENGTHS = 2.0, 8.0, 32.0, 128.0, 1024.0, 16384.0
BLOCK = 2**17  # nodes of trees that are computed at a time
MIN_P = 1e-12  # smallest probability in a table
HALF = np.log(0.5)  # logarithm of the prior that a node is pruned


def node_counts(leaves):
    """Return the counts of all nodes, (..., 2 n, 2), from counts of n leaves, (..., n, 2)."""
    n = leaves.shape[-2]
    nodes = np.zeros((*leaves.shape[:-2], 2 * n, 2))
    nodes[..., n:, :] = leaves
    while n > 1:
        children = nodes[..., n : 2 * n, :]
        n //= 2
        nodes[..., n : 2 * n, :] = children[..., ::2, :] + children[..., 1::2, :]
    return nodes


def levels(n_nodes):
    """Return the slices of the levels of a heap, from the root to the leaves."""
    return [slice(1 << k, 2 << k) for k in range((n_nodes // 2).bit_length())]


def estimate(nodes, mean, strength):
    """Return the probability of a spike in each node, given a prior mean worth `strength` steps."""
    return (nodes[..., 1] + strength * mean) / (nodes[..., 0] + nodes[..., 1] + strength)


def shrink(nodes, strength, root):
    """Return the probability of a spike in each node, with its parent as the prior mean."""
    p = np.full(nodes.shape[:-1], 0.5)
    mean = root
    for level in levels(nodes.shape[-2]):
        p[..., level] = estimate(nodes[..., level, :], mean, strength)
        mean = np.repeat(p[..., level], 2, axis=-1)
    return np.clip(p, 1e-9, 1 - 1e-9)


def own_evidence(nodes, mean, strength):
    """Return the log evidence of the counts of each node under its beta prior."""
    total = nodes[..., 0] + nodes[..., 1]
    seen = total > 0
    result = np.zeros(total.shape)
    a = strength * np.broadcast_to(mean, total.shape)[seen]
    b, n = strength - a, nodes[seen]
    result[seen] = (
        gammaln(n[:, 0] + b) - gammaln(b) + gammaln(n[:, 1] + a) - gammaln(a)
        - gammaln(total[seen] + strength) + gammaln(strength))
    return result


def mixture(nodes, mean, strength):
    """Return the log evidence of trees, (...), and log probabilities of symbols, (..., 2 n)."""
    own = own_evidence(nodes, mean, strength)
    log_stop = np.zeros(own.shape)  # log posterior that a node is pruned, if its parent is not
    *inner, leaves = levels(own.shape[-1])
    below = own[..., leaves]
    for level in reversed(inner):
        split = below[..., ::2] + below[..., 1::2]
        below = np.logaddexp(own[..., level], split) + HALF
        log_stop[..., level] = own[..., level] + HALF - below
    stop, p = np.exp(log_stop), estimate(nodes, mean, strength)
    mixed, rest = np.zeros(1), np.ones(1)
    for level in [*inner, leaves]:
        mixed = mixed + rest * stop[..., level] * p[..., level]
        rest = rest * (1 - stop[..., level])
        if level is not leaves:
            mixed, rest = np.repeat(mixed, 2, axis=-1), np.repeat(rest, 2, axis=-1)
    mixed = np.clip(mixed, MIN_P, 1 - MIN_P)
    table = np.stack([np.log1p(-mixed), np.log(mixed)], axis=-1)
    return below[..., 0], table.reshape(*mixed.shape[:-1], -1)


def additive(p_class, p_channel, p_all):
    """Return the prior mean of a class and channel: both effects are added in the logit."""
    z = _logit(p_class) + _logit(p_channel) - _logit(p_all)
    return np.clip(1 / (1 + np.exp(-z)), 1e-6, 1 - 1e-6)


def _logit(p):
    return np.log(p) - np.log1p(-p)


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
    >>> from skspike.trains import TreeExpert
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
    >>> round(SpikeTrainClassifier([Others()]).fit(X[::2], y[::2]).score(X[1::2], y[1::2]), 2)
    0.73
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
        symbols = self.symbols(raster, self.memory(*raster.shape[:2]), self.n_symbols)
        counts = np.zeros((n_classes, raster.shape[1], self.n_symbols), weights.dtype)
        add_counts(symbols, y, weights, counts)
        return {"symbols": counts.astype(float)}

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
        leaves = leaves_of(counts)
        by_class = node_counts(leaves.sum(axis=1))
        _, shared = mixture(by_class, _mean_of_all(leaves), BASE_STRENGTH)
        tables = {"shared": np.ascontiguousarray(shared[np.newaxis])}
        if settings is not None:
            each = [table for _, table in self._channels(counts, settings[0])]
            tables["each"] = np.ascontiguousarray(np.concatenate(each, axis=1).swapaxes(0, 1))
        return tables

    def _channels(self, counts, strength):
        """Yield the evidence and the tables of blocks of channels, (n_classes, n_block, ...)."""
        leaves = leaves_of(counts)
        p_all = _mean_of_all(leaves)
        p_class = estimate(node_counts(leaves.sum(axis=1)), p_all, EFFECT_STRENGTH)
        n_classes, n_channels, n_leaves, _ = leaves.shape
        size = max(BLOCK // (2 * n_classes * n_leaves), 1)
        for first in range(0, n_channels, size):
            block = leaves[:, first : first + size]
            p_channel = estimate(node_counts(block.sum(axis=0)), p_all, EFFECT_STRENGTH)
            mean = additive(p_class[:, np.newaxis], p_channel, p_all)
            yield mixture(node_counts(block), mean, strength)


def leaves_of(counts):
    """Return counts without and with a spike, (n_classes, n_channels, n_contexts, 2)."""
    symbols = counts["symbols"]
    return symbols.reshape(*symbols.shape[:2], -1, 2)


def _mean_of_all(leaves):
    """Return the probability of a spike in each node, over all classes and channels."""
    everything = leaves.sum(axis=(0, 1))
    mean = (everything[:, 1].sum() + 0.5) / (everything.sum() + 1)
    return shrink(node_counts(everything), BASE_STRENGTH, mean)

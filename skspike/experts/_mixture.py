"""Context tree weighting: the exact mixture of all prunings of a binary tree of contexts.

A tree of depth d has 2**d leaves, the contexts. The first bit of a context is the most important
one. Each node holds the counts of steps without and with a spike, and estimates the probability of
a spike with a beta prior. A pruning of the tree makes some nodes leaves. Nodes are in the order of
a heap: node 1 is the root, and the children of node i are 2 i and 2 i + 1.

Willems, Shtarkov and Tjalkens (1995). The context-tree weighting method: basic properties. IEEE
Transactions on Information Theory 41, 653-664.
"""

import numpy as np
from scipy.special import gammaln

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

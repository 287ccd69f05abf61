"""Readouts that need no training: each neuron votes for the classes that it has spiked for."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from ._readout import LinearReadout

TINY = np.exp(-100.0)  # the prior of a class of weight 0: no spikes can make up for it


def _sums(task, counts):
    """Return the number of samples of each class, and the spikes of each neuron in them, (n_classes, n_neurons)."""
    return np.bincount(task.target.y, minlength=task.target.n_classes), np.array(
        [counts[task.target.y == k].sum(axis=0) for k in range(task.target.n_classes)])


def _weights(task):
    """Return the weight of each class: none of one that is left out, or that a chunk lacks."""
    return np.bincount(task.target.y, task.target.sample_weight, task.target.n_classes)


def assigned(task, counts):
    """Return a readout that counts the spikes of the neurons that respond most to each class."""
    readout = LinearReadout.initial(counts, task.target.n_classes, task.rng)
    n, sums = _sums(task, readout.standardise(counts))
    left_out = _weights(task) == 0
    mean = np.where(left_out[:, None], -np.inf, sums / np.maximum(n, 1)[:, None])
    coef = (mean.argmax(axis=0)[:, None] == np.arange(task.target.n_classes)).astype(float)
    coef /= np.maximum(coef.sum(axis=0), 1)
    # below all logits
    return readout._replace(
        coef=coef, intercept=np.where(left_out, readout.standardise(0).min() - 1, 0.0))


def shared(task, counts):
    """Return a readout in which each spike adds the logarithms of the shares that the classes have in its neuron's spikes.

    What a class spikes in all is taken away, which makes it naive Bayes for Poisson counts. As the
    spikes of a sample depend on each other, one factor for all says how much they are worth: the
    one under which the labels are likeliest.
    """
    n, sums = _sums(task, counts)
    mean, weight = _smoothed(sums, np.maximum(n, 1)[:, None]), _weights(task)
    # a chunk may weigh nothing
    prior = np.log(np.maximum(weight / (weight.sum() or 1.0), TINY))
    expected = mean.sum(axis=1)
    coef = np.log(mean / mean.sum(axis=0))
    coef[weight == 0] = coef.min(axis=0)
    scores = counts @ np.log(mean).T - expected
    # of each sample's class, but for the sample
    without = _smoothed(sums[task.target.y] - counts, np.maximum(n[task.target.y] - 1, 1)[:, None])
    scores[np.arange(len(counts)), task.target.y] = (counts * np.log(without) - without).sum(axis=1)
    worth, nothing = _worth(scores, prior, task), np.zeros(coef.shape[1])
    return LinearReadout(worth * coef.T, prior - worth * expected, nothing, nothing + 1)


def _smoothed(sums, n):
    """Return mean counts, with one spike more: a class that has none may get one yet."""
    return (sums + 1) / n


def _worth(scores, prior, task):
    """Return the factor on scores, at most 1, that makes the labels likeliest; 0 where no sample counts."""
    if not task.target.sample_weight.any():
        return 0.0

    def loss(factor):
        log_p = log_softmax(factor * scores + prior, axis=1)
        return -(task.target.sample_weight * log_p[np.arange(len(task.target.y)), task.target.y]).sum()

    return minimize_scalar(loss, bounds=(0, 1), method="bounded").x


READOUTS = {"shared": shared, "assigned": assigned}

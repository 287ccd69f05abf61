"""Decoders by votes: each neuron votes for the classes of the samples that made it spike.

They need no training. The class of a sample gets the votes of all its spikes.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from .._utils import Array
from ._decoder import LinearDecoder
from ._task import Task

NO_PRIOR = np.exp(-100.0)  # prior of a class of weight 0, which no number of spikes can outweigh


def assigned(task: Task, counts: Array) -> LinearDecoder:
    """Return a decoder that averages the neurons assigned to each class.

    A neuron is assigned to the class with its highest mean standardised count.
    """
    decoder = LinearDecoder.initial(counts, task.target.n_classes, task.rng)
    n, sums = _class_sums(task, decoder.standardise(counts))
    excluded = _class_weights(task) == 0
    mean = np.where(excluded[:, None], -np.inf, sums / np.maximum(n, 1)[:, None])
    coef = (mean.argmax(axis=0)[:, None] == np.arange(len(mean))).astype(float)
    coef /= np.maximum(coef.sum(axis=0), 1)
    lowest = decoder.standardise(np.zeros_like(decoder.mean)).min() - 1  # below all outputs
    return decoder._replace(coef=coef, intercept=np.where(excluded, lowest, 0.0))


def shared(task: Task, counts: Array) -> LinearDecoder:
    """Return a decoder that adds up, over spikes, the log of the classes' shares in the neuron.

    With the expected spikes of each class subtracted, this is naive Bayes for Poisson counts. The
    spikes of a sample are not independent, so all scores are multiplied by one factor, which
    maximises the likelihood of the labels.
    """
    y = task.target.y
    n, sums = _class_sums(task, counts)
    mean, weight = _smoothed(sums, np.maximum(n, 1)[:, None]), _class_weights(task)
    # all weights of a chunk may be 0
    prior = np.log(np.maximum(weight / (weight.sum() or 1.0), NO_PRIOR))
    expected = mean.sum(axis=1)
    coef = np.log(mean / mean.sum(axis=0))
    coef[weight == 0] = coef.min(axis=0)
    # score each sample by means that leave it out
    scores = counts @ np.log(mean).T - expected
    without = _smoothed(sums[y] - counts, np.maximum(n[y] - 1, 1)[:, None])
    scores[np.arange(len(counts)), y] = (counts * np.log(without) - without).sum(axis=1)
    factor, zeros = _likeliest_factor(task, scores, prior), np.zeros(coef.shape[1])
    return LinearDecoder(factor * coef.T, prior - factor * expected, zeros, zeros + 1)


def _class_sums(task: Task, counts: Array) -> tuple[Array, Array]:
    """Return the number of samples of each class, and the summed counts, (n_classes, n_neurons)."""
    y, n_classes = task.target.y, task.target.n_classes
    sums = np.array([counts[y == k].sum(axis=0) for k in range(n_classes)])
    return np.bincount(y, minlength=n_classes), sums


def _class_weights(task: Task) -> Array:
    """Return the summed sample weights of each class."""
    target = task.target
    return np.bincount(target.y, target.sample_weight, target.n_classes)


def _smoothed(sums: Array, n: Array) -> Array:
    """Return mean counts with one spike added, so that no mean is 0."""
    return (sums + 1) / n


def _likeliest_factor(task: Task, scores: Array, prior: Array) -> float:
    """Return the factor of the scores, from 0 to 1, that maximises the likelihood of the labels."""
    y, weight = task.target.y, task.target.sample_weight
    if not weight.any():
        return 0.0

    def loss(factor: float) -> float:
        log_p = log_softmax(factor * scores + prior, axis=1)
        return float(-(weight * log_p[np.arange(len(y)), y]).sum())

    return float(minimize_scalar(loss, bounds=(0, 1), method="bounded").x)


DECODERS = {"shared": shared, "assigned": assigned}

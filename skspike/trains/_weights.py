"""Weights of the models of spike trains, which add their log likelihoods.

    score of class k = sum_m w_m L_mk + b_k,    w_m >= 0

The weights maximise the likelihood of the classes, given scores L that were computed without the
samples, minus ``alpha / 2 (|w|^2 + |b|^2)``. Each w_m is in units of the deviation of its model.
"""

import numpy as np
from scipy.optimize import minimize

from .._base import one_blas_thread, warn

AGREEING = 0.9  # least share of copies with the most frequent label of their train
DECIMALS = 8  # of intercepts, which the solver finds to about 1e-9
OPTIONS = {"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20}  # of the solver


def centred(scores):
    """Return scores minus their mean over the last axis, in an order that is always the same."""
    mean = scores[..., 0].copy()
    for k in range(1, scores.shape[-1]):
        mean += scores[..., k]
    return scores - (mean / scores.shape[-1])[..., np.newaxis]


def combined(scores, weights, intercept):
    """Return the scores of classes, (n_samples, n_classes), centred, model after model."""
    scores = centred(scores)
    total = np.zeros((len(scores), scores.shape[2])) + intercept
    for m, weight in enumerate(weights):
        total += weight * scores[:, m]
    return total


def probabilities(decision):
    """Return class probabilities."""
    p = np.exp(decision - decision.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def gain(scores, y, sample_weight, weights, intercept):
    """Return the gain in log likelihood over a model that knows only the shares of classes."""
    p = probabilities(combined(scores, weights, intercept))[np.arange(len(y)), y]
    share = np.bincount(y, sample_weight)[y] / sample_weight.sum()
    return sample_weight @ np.log(np.maximum(p, 1e-300) / share)


def fit_weights(scores, y, sample_weight, alpha):
    """Return the weights of models and the intercepts of classes."""
    scores = centred(scores)
    n_samples, n_models, n_classes = scores.shape
    total, samples = sample_weight.sum(), np.arange(n_samples)
    mean_square = np.einsum("n,nmk,nmk->m", sample_weight, scores, scores)
    scale = np.sqrt(mean_square / (total * n_classes)) + 1e-9
    # (n_samples * n_classes, n_models)
    scaled = np.ascontiguousarray((scores / scale[:, np.newaxis]).swapaxes(1, 2))
    scaled = scaled.reshape(-1, n_models)

    def objective(x):
        """Return the mean of the objective over the sample weights, and its gradient."""
        decision = (scaled @ x[:n_models]).reshape(n_samples, n_classes) + x[n_models:]
        error = probabilities(decision)
        of_label = np.maximum(error[samples, y], 1e-300)
        value = alpha / 2 * (x @ x) - sample_weight @ np.log(of_label)
        error[samples, y] -= 1
        error *= sample_weight[:, np.newaxis]
        gradient = np.append(error.ravel() @ scaled, error.sum(axis=0)) + alpha * x
        return value / total, gradient / total

    start = np.append(np.full(n_models, 1 / n_models), np.zeros(n_classes))
    bounds = [(0, None)] * n_models + [(None, None)] * n_classes
    with one_blas_thread():
        found = minimize(
            objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=OPTIONS).x
    # classes that are equal without evidence stay equal
    intercept = (found[n_models:] - found[n_models:].mean()).round(DECIMALS)
    return found[:n_models] / scale, intercept


def copies_of_others(held, weights, intercept):
    """Return whether few trains are repeated, and do not resemble each other. Then warn.

    The copies of a train are in one fold, so it is scored without them. If copies are the rule and
    have one label, and the gain for each different train does not pay for the parameters (Akaike
    1974), the fitted weights are noise, or 0.
    """
    # weights that are no whole numbers are no numbers of copies
    copies = held.weights if (held.weights % 1 == 0).all() else np.ones(len(held.weights))
    _, train = np.unique(held.keys, return_inverse=True)
    labels = np.zeros((train.max() + 1, len(intercept)))
    np.add.at(labels, (train, held.y), copies)
    n_different, n_copies = len(labels), copies.sum()
    if 2 * n_different > n_copies or labels.max(axis=1).sum() < AGREEING * n_copies:
        return False
    found = gain(held.scores, held.y, held.weights, weights, intercept) / held.weights.sum()
    if found * n_different >= (weights > 0).sum() + len(intercept) - 1:
        return False
    warn(
        f"The {n_copies:g} training trains are copies of {n_different} different trains, and the "
        "experts do not recognise the class of a train without its copies. So all models get equal "
        "weights. Predictions suit trains that equal those of fit. For others, add more different "
        "trains.")
    return True

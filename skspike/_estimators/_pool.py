"""Weights of the models of a pool, which add their log likelihoods.

    score of class k = sum_m w_m L_mk + b_k,    w_m >= 0

The weights maximise the likelihood of the classes, given scores L that were computed without the
samples, minus ``alpha / 2 (|w|^2 + |b|^2)``. Each w_m is in units of the deviation of its model.
"""

import numpy as np

from .._compile import one_blas_thread

MAX_ITER = 100
PAIRWISE = 8  # numbers from which on numpy does not add one after the other
TOLERANCE = 1e-12  # of the projected gradient, relative to the sum of the sample weights
SMALLEST_STEP = 1e-10
LAST_GAIN = 1e-10  # expected gain of the last step, relative to the objective
DAMPING = 1e-9  # of the second derivatives, relative to the sum of the sample weights


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


def over_classes(function, values):
    """Return a sum or a maximum over the classes, (n_samples, 1).

    With few classes, additions by columns are faster than numpy's, in the same order.
    """
    if values.shape[1] >= PAIRWISE:
        return function.reduce(values, axis=1, keepdims=True)
    found = values[:, :1].copy()
    for k in range(1, values.shape[1]):
        function(found, values[:, k : k + 1], out=found)
    return found


def over_samples(values):
    """Return the sums over samples, (n_columns,), in the order of the samples.

    With few columns, running sums of columns are faster than numpy's sums of rows.
    """
    if values.shape[1] >= PAIRWISE:
        return values.sum(axis=0)
    return np.add.accumulate(np.ascontiguousarray(values.T), axis=1)[:, -1]


def probabilities(decision):
    """Return class probabilities."""
    p = np.exp(decision - over_classes(np.maximum, decision))
    return p / over_classes(np.add, p)


def gain(scores, y, sample_weight, weights, intercept):
    """Return by how much the log likelihood of the classes exceeds that of their shares."""
    p = probabilities(combined(scores, weights, intercept))[np.arange(len(y)), y]
    share = np.bincount(y, sample_weight)[y] / sample_weight.sum()
    return sample_weight @ np.log(np.maximum(p, 1e-300) / share)


def fit_pool(scores, y, sample_weight, alpha):
    """Return the weights of models and the intercepts of classes.

    Newton's method, in which weights at 0 with a positive gradient are fixed.
    """
    scores = centred(scores)
    mean_square = np.einsum("n,nmk,nmk->m", sample_weight, scores, scores)
    scale = np.sqrt(mean_square / (sample_weight.sum() * scores.shape[2])) + 1e-9
    objective = _Objective(scores / scale[:, np.newaxis], y, sample_weight, alpha)
    n_models, n_classes = scores.shape[1:]
    x = np.append(np.full(n_models, 1 / n_models), np.zeros(n_classes))
    with one_blas_thread():
        for _ in range(MAX_ITER):
            gradient, curvature = objective.derivatives(x)
            free = np.ones(len(x), bool)
            free[:n_models] = (x[:n_models] > 0) | (gradient[:n_models] < 0)
            if np.abs(gradient[free]).max() <= TOLERANCE * sample_weight.sum():
                break
            direction = np.zeros(len(x))
            direction[free] = -np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
            if -gradient @ direction <= LAST_GAIN * objective.value(x):
                x = _moved(objective, x, direction)  # the value is too flat to search
                break
            better = _search(objective, x, direction, gradient)
            if better is None:
                break
            x = better
    intercept = x[n_models:]
    return x[:n_models] / scale, intercept - intercept.mean()


def _moved(objective, x, step):
    """Return a point after a step, with weights of at least 0."""
    new = x + step
    new[: objective.n_models] = np.maximum(new[: objective.n_models], 0)
    return new


def _search(objective, x, direction, gradient):
    """Return a better point on a line, with weights of at least 0, or None if there is none."""
    before, step = objective.value(x), 1.0
    while step >= SMALLEST_STEP:
        new = _moved(objective, x, step * direction)
        if objective.value(new) <= before + 1e-4 * gradient @ (new - x):
            return new
        step /= 2
    return None


class _Objective:
    """Negative log likelihood of the classes, and the penalty."""

    def __init__(self, scores, y, sample_weight, alpha):
        self.y, self.sample_weight, self.alpha = y, sample_weight, alpha
        self.n_models = scores.shape[1]
        # (n_samples, n_classes, n_models)
        self.scores = np.ascontiguousarray(scores.swapaxes(1, 2))
        self.flat = self.scores.reshape(-1, self.n_models)
        self.of_label = np.arange(len(y)) * self.scores.shape[1] + y  # places in flat arrays
        self._last = None, None, None

    def _probabilities(self, x):
        """Return the probabilities and the value at a point, which may be the last one."""
        if x is not self._last[0]:
            decision = (self.flat @ x[: self.n_models]).reshape(len(self.y), -1)
            p = probabilities(decision + x[self.n_models :])
            of_label = np.maximum(p.ravel()[self.of_label], 1e-300)
            loss = -(self.sample_weight * np.log(of_label)).sum()
            self._last = x, p, loss + 0.5 * self.alpha * (x @ x)
        return self._last[1:]

    def value(self, x):
        """Return the objective."""
        return self._probabilities(x)[1]

    def derivatives(self, x):
        """Return the gradient and the matrix of second derivatives."""
        p, w = self._probabilities(x)[0], self.sample_weight
        weighted, error = p * w[:, np.newaxis], p.copy()
        error.ravel()[self.of_label] -= 1
        error *= w[:, np.newaxis]
        gradient = np.append(error.ravel() @ self.flat, over_samples(error)) + self.alpha * x
        scaled = self.flat * weighted.reshape(-1, 1)
        mean = np.einsum("nkm,nk->nm", self.scores, p)
        by_models = scaled.T @ self.flat - (w[:, np.newaxis] * mean).T @ mean
        mixed = over_samples(scaled.reshape(len(p), -1)).reshape(-1, self.n_models).T
        mixed = mixed - mean.T @ weighted
        by_classes = np.diag(over_samples(weighted)) - weighted.T @ p
        curvature = np.block([[by_models, mixed], [mixed.T, by_classes]])
        # a small addition, because equal models and a tiny penalty would make it singular
        return gradient, curvature + (self.alpha + DAMPING * w.sum()) * np.eye(len(x))

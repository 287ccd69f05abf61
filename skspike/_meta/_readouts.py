"""Linear readouts of a sample at some times, and when to stop.

    f_k         features of the steps until time k: spike counts, or scores of a class model
    r_k         W_k f_k + b_k: ridge regression on 1 for the class of a sample and -1 for the others
    s_k         linear discriminant of r_k, because a class between others is masked in a regression
    p_k         softmax(a_k (s_k + c_k)), which is calibrated on samples that were left out
    decision    at the first k with max p_k >= threshold, or at the end

Scores of left-out samples have a closed form if the features were made without labels. With H, the
matrix that turns the labels of the training samples into their scores, the residuals of a group G
of left-out samples are (I - H_GG)^-1 r_G, where r are the residuals of all. The intercept of such a
fit would reveal the class of the sample that it lacks, so all scores have the intercept of the
whole data.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from .._base import Array

ALPHAS = np.logspace(-8, 0, 17)  # penalties, in units of the largest eigenvalue
TINY = 1e-12  # relative eigenvalue of a direction without variance
EPSILON = 1e-14  # keeps a matrix from being singular
N_PSEUDO = 1.0  # samples of an unknown class, which keep few samples from being too sure
SHRINKAGE = 0.5  # of the covariance of scores within classes
LEAST_VARIANCE = 1e-3  # of scores within classes
N_COMMON = 10  # samples that the common mean counts for
N_NEIGHBOURS = 2  # times on each side whose calibrations are averaged
SMALLEST_ROOT = 1e-6  # singular value of an integrator, relative to the largest
N_INTEGRATORS = 32  # into which spikes are summed, or twice the number of classes
LEVELS = np.r_[np.linspace(0.3, 0.9, 30, endpoint=False), 1 - np.geomspace(0.1, 1e-4, 50), np.inf]


def targets(y: Array, n_classes: int) -> Array:
    """Return 1 for the class of each sample, and -1 for the others."""
    return np.where(np.eye(n_classes)[y] > 0, 1.0, -1.0)


class Ridge:
    """Ridge regression with an intercept, for all penalties, from one decomposition."""

    def __init__(self, F: Array, Y: Array):
        self.mean, self.offset = F.mean(axis=0, dtype=float), Y.mean(axis=0)
        self.F, self.Y = F - self.mean, Y - self.offset
        is_wide = len(F) <= F.shape[1]
        values, vectors = np.linalg.eigh(self.F @ self.F.T if is_wide else self.F.T @ self.F)
        top = max(float(values[-1]), np.finfo(float).tiny)
        kept = values > TINY * top
        self.values, self.alphas, vectors = values[kept], top * ALPHAS, vectors[:, kept]
        self.Q = vectors if is_wide else self.F @ (vectors / np.sqrt(self.values))
        self.QY = self.Q.T @ self.Y

    def weights(self, *ks: int) -> Array:
        """Return the weights of the features for penalties, (n_features, n_penalties * n_classes).
        """
        return np.asarray(self.F.T @ (self.Q @ np.hstack([
            self.QY / (self.values + self.alphas[k])[:, np.newaxis] for k in ks])))

    def scores(self, F: Array, offset: Array) -> Array:
        """Return the scores of samples for each penalty, (n_alphas, n_samples, n_classes).

        `offset` are the mean targets of all classes.
        """
        found = (F - self.mean) @ self.weights(*range(len(ALPHAS)))
        return found.reshape(len(F), len(ALPHAS), -1).swapaxes(0, 1) + offset

    def left_out_scores(self, groups: Array | None) -> Array:
        """Return the scores of left-out samples, or of left-out groups of them, as `scores`."""
        n, found = len(self.Q), []
        parts = None if groups is None else [
            np.flatnonzero(groups == group) for group in np.unique(groups)]
        for alpha in self.alphas:
            shares = self.values / (self.values + alpha)
            errors = self.Y - self.Q @ (shares[:, np.newaxis] * self.QY)
            if parts is None:
                hat = (self.Q**2) @ shares + 1 / n
                errors = errors / np.maximum(1 - hat, TINY)[:, np.newaxis] - self.Y / (n - 1)
            else:
                for rows in parts:
                    hat = (self.Q[rows] * shares) @ self.Q[rows].T + 1 / n
                    rest = (1 + EPSILON) * np.eye(len(rows)) - hat
                    share = self.Y[rows].sum(axis=0) / (n - len(rows))
                    errors[rows] = np.linalg.solve(rest, errors[rows]) - share
            found.append(self.Y + self.offset - errors)
        return np.stack(found)


def best_penalty(scores: Array, Y: Array) -> int:
    """Return the penalty with the smallest squared error of left-out scores."""
    return int(((scores - Y) ** 2).mean(axis=(1, 2)).argmin())


def discriminant(scores: Array, y: Array) -> tuple[Array, Array]:
    """Return weights and intercepts of a linear discriminant of left-out scores.

    The covariance within classes is shrunk towards a multiple of the identity, and the means of
    the classes towards a common one: a mean score of the own class, and a mean score of the others.
    A class without a sample counts as half a sample.
    """
    n_classes = scores.shape[1]
    members = np.eye(n_classes)[y]
    counts = members.sum(axis=0)[:, np.newaxis]
    own, every = (members * scores).sum() / len(y), scores.sum() / len(y)
    common = np.where(np.eye(n_classes) > 0, own, (every - own) / max(n_classes - 1, 1))
    means = (members.T @ scores + N_COMMON * common) / (counts + N_COMMON)
    within = scores - means[y]
    covariance = within.T @ within / max(len(y) - n_classes, 1)
    variance = SHRINKAGE * np.trace(covariance) / n_classes + LEAST_VARIANCE
    covariance = (1 - SHRINKAGE) * covariance + variance * np.eye(n_classes)
    weights = np.linalg.solve(covariance, means.T)
    log_share = np.log(np.maximum(counts[:, 0], 0.5) / len(y))
    return weights, log_share - (means * weights.T).sum(axis=1) / 2


class Calibration(NamedTuple):
    """Factors (n_times,) and shifts (n_times, n_classes) that turn scores into logits."""

    factors: Array
    shifts: Array

    @classmethod
    def of(cls, scores: Array, y: Array, with_shifts: bool) -> "Calibration":
        """Return the calibration with the largest likelihood of left-out scores.

        `scores` are (n_samples, n_times, n_classes). Neighbouring times are averaged.
        """
        spread = np.abs(scores - scores.mean(axis=2, keepdims=True)).mean(axis=(0, 2))
        # times without information are left out of the averages
        informed = spread > TINY * np.abs(scores).max()
        found = np.zeros((scores.shape[1], 1 + scores.shape[2]))
        for k in np.flatnonzero(informed):
            found[k] = _calibrated(scores[:, k], y, spread[k], with_shifts)
        smooth = np.zeros_like(found)
        for k in range(len(found)):
            near = slice(max(k - N_NEIGHBOURS, 0), k + N_NEIGHBOURS + 1)
            if informed[near].any():
                smooth[k] = found[near][informed[near]].mean(axis=0)
        return cls(np.exp(smooth[:, 0]), smooth[:, 1:])

    def logits(self, scores: Array) -> Array:
        """Return the logits of scores, (n_samples, n_times, n_classes)."""
        return np.asarray(self.factors[:, np.newaxis] * (scores + self.shifts))


@np.errstate(under="ignore")  # some packages set it to "raise"
def probabilities(logits: Array) -> Array:
    """Return the probabilities of the classes, along the last axis."""
    return np.asarray(softmax(logits, axis=-1))


@np.errstate(under="ignore")
def _calibrated(scores: Array, y: Array, unit: float, with_shifts: bool) -> Array:
    """Return the logarithm of the factor, and the shift of each class, at one time.

    `unit` is the spread of the scores.
    """
    rows, (n, n_classes) = np.arange(len(y)), scores.shape
    scores = scores / unit
    label = np.full((n, n_classes), N_PSEUDO / (n * n_classes))
    label[rows, y] += 1

    def loss(values: Array) -> tuple[float, Array]:
        factor, shifts = np.exp(values[0]), values[1:]
        shifted = scores + shifts
        logits = factor * shifted
        dlogits = probabilities(logits) * label.sum(axis=1, keepdims=True) - label
        total = -(label * log_softmax(logits, axis=1)).sum()
        return float(total), np.append(
            factor * (dlogits * shifted).sum(), factor * dlogits.sum(axis=0) * with_shifts)

    found = minimize(
        loss, np.zeros(1 + n_classes), jac=True, method="L-BFGS-B",
        bounds=[(-5, 8), *[(-20, 20)] * n_classes]).x
    return np.append(found[0] - np.log(unit), found[1:] * unit)


class Stopping(NamedTuple):
    """Candidates for the threshold, and the index of the chosen one."""

    thresholds: Array
    accuracies: Array
    mean_times: Array
    chosen: int

    @classmethod
    def of(cls, probabilities: Array, y: Array, times: Array, cost: float,
            accuracy: float | None) -> "Stopping":
        """Choose on the probabilities of left-out samples, (n_samples, n_times, n_classes).

        The value of a decision is 1 if it is right, averaged with its probability, because few
        samples count errors coarsely.
        """
        rows, sure = np.arange(len(y)), probabilities.max(axis=2)
        right = probabilities.argmax(axis=2) == y[:, np.newaxis]
        stops = np.stack([first(sure >= level) for level in LEVELS])
        accuracies, mean_times = right[rows, stops].mean(axis=1), times[stops].mean(axis=1)
        if accuracy is None:
            value = (right[rows, stops] + sure[rows, stops]).mean(axis=1) / 2
            score = value - cost * mean_times / times[-1]
        else:
            score = np.where(accuracies >= accuracy, -mean_times, -np.inf)
        chosen = np.flatnonzero(score >= score.max() - 1e-9)[-1]
        return cls(LEVELS.copy(), accuracies, mean_times, int(chosen))


def first(sure: Array) -> Array:
    """Return the first time at which a sample is sure, or else the last one."""
    sure = sure.copy()
    sure[:, -1] = True
    return np.asarray(sure.argmax(axis=1))


def shared(weights: Array, spread: Array) -> tuple[Array, Array]:
    """Return integrators and readouts whose product is near the weights of all times.

    `weights` are (n_times, n_features, n_classes), and `spread` is the deviation of each feature.
    The integrators are (n_features, n_integrators), the readouts (n_times, n_integrators,
    n_classes).
    """
    n_times, n_features, n_classes = weights.shape
    scale = np.where(spread > 0, spread, 1.0)[:, np.newaxis]
    columns = scale * weights.swapaxes(0, 1).reshape(n_features, -1)
    # singular values by eigenvalues, because LAPACK's gesdd may not converge
    values, V = np.linalg.eigh(columns.T @ columns)
    s, V = np.sqrt(np.maximum(values[::-1], 0)), V[:, ::-1]
    # smaller ones are rounding errors
    rank = max(np.count_nonzero(s > SMALLEST_ROOT * s[0]), 1)
    n = min(rank, max(N_INTEGRATORS, 2 * n_classes))
    roots, V = np.sqrt(np.maximum(s[:n], TINY)), V[:, :n]
    integrators = columns @ V / roots / scale
    return integrators, (V * roots).T.reshape(n, n_times, n_classes).swapaxes(0, 1).copy()

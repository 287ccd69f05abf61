"""The linear readout of standardised spike counts, with its softmax cross-entropy.

    z = (count - mean) / max(sd, 0.7),   logits = z coef + intercept

Mean and deviation are those of each neuron's training counts under the initial weights; then they are constants. Without
them a large count would act as a large learning rate, and any change of rates would pass for learning.
"""

from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

SD_FLOOR = 0.7  # spikes
READOUT = ("readout_coef_", "readout_intercept_", "count_mean_", "count_scale_")  # the attributes in which a fitted classifier holds it


def fit_logistic(features, y, weight, n_classes):
    """Return coef (n_features, n_classes) and intercept of a logistic regression."""
    fitted = LogisticRegression(max_iter=1000).fit(features, y, weight)
    coef, intercept = fitted.coef_.T, fitted.intercept_
    if n_classes == 2:  # one column stands for two
        coef, intercept = coef * [-0.5, 0.5], intercept * [-0.5, 0.5]
    return coef, intercept


class Readout(NamedTuple):
    """A linear readout of standardised spike counts.

    Attributes
    ----------
    coef : ndarray of shape (n_neurons, n_classes)
        Coefficients.
    intercept : ndarray of shape (n_classes,)
        Intercepts.
    mean : ndarray of shape (n_neurons,)
        What is taken from the counts.
    scale : ndarray of shape (n_neurons,)
        What they are then divided by.
    """

    coef: np.ndarray
    intercept: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def initial(cls, mean, sd, n_classes, rng):
        """Return a readout for counts of this mean and deviation, with small random coefficients."""
        coef = rng.normal(0, 1 / np.sqrt(len(mean)), (len(mean), n_classes))
        return cls(coef, np.zeros(n_classes), mean, np.maximum(sd, SD_FLOOR))

    def standardise(self, counts):
        """Return z for counts (n_samples, n_neurons)."""
        return (counts - self.mean) / self.scale

    def logits(self, counts):
        """Return the logits, (n_samples, n_classes)."""
        return self.standardise(counts) @ self.coef + self.intercept

    def loss_and_gradient(self, counts, y, weight):
        """Return the summed loss, and its gradients with respect to coef, intercept and counts."""
        z = self.standardise(counts)
        log_p = z @ self.coef + self.intercept
        log_p -= log_p.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        rows = np.arange(len(y))
        loss = -(weight * log_p[rows, y]).sum()
        d = np.exp(log_p)
        d[rows, y] -= 1
        d *= weight[:, None]
        return loss, z.T @ d, d.sum(axis=0), (d @ self.coef.T) / self.scale

"""What a readout is to minimise, and how it is fitted alone, where the network stays as it is."""

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score

from .._typing import Array


class CrossEntropy:
    """Of classes, given by number: outputs are logits."""

    @staticmethod
    def gradient(outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss, and its gradient with respect to the outputs, (n_samples, n_classes)."""
        log_p = outputs - outputs.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        rows = np.arange(len(y))
        loss = -(weight * log_p[rows, y]).sum()
        d = np.exp(log_p)
        d[rows, y] -= 1
        return loss, d * weight[:, None]

    @staticmethod
    def score(outputs: Array, y: Array) -> float:
        """Return the accuracy."""
        return float((outputs.argmax(axis=1) == y).mean())

    @staticmethod
    def targets(y: Array, n_outputs: int) -> Array:
        """Return values that a regression can aim at, (n_samples, n_outputs)."""
        return np.eye(n_outputs)[y]

    @staticmethod
    def fit(z: Array, y: Array, weight: Array, n_outputs: int, alpha: float = 1.0) -> tuple[Array, Array]:
        """Return coef (n_features, n_classes) and intercept of a logistic regression with a penalty."""
        fitted = LogisticRegression(C=1 / alpha, max_iter=1000).fit(z, y, weight)
        coef, intercept = fitted.coef_.T, fitted.intercept_
        if n_outputs == 2:  # one column stands for two
            coef, intercept = coef * [-0.5, 0.5], intercept * [-0.5, 0.5]
        return coef, intercept


class SquaredError:
    """Half the squared distance from values, (n_samples, n_outputs)."""

    @staticmethod
    def gradient(outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss, and its gradient with respect to the outputs."""
        d = (outputs - y) * weight[:, None]
        return 0.5 * (d * (outputs - y)).sum(), d

    @staticmethod
    def score(outputs: Array, y: Array) -> float:
        """Return the coefficient of determination, r2."""
        return float(r2_score(y, outputs))

    @staticmethod
    def targets(y: Array, n_outputs: int) -> Array:
        """Return the values themselves."""
        return y

    @staticmethod
    def fit(z: Array, y: Array, weight: Array, n_outputs: int, alpha: float = 1.0) -> tuple[Array, Array]:
        """Return coef (n_features, n_outputs) and intercept of a ridge regression with a penalty."""
        fitted = Ridge(alpha).fit(z, y, weight)
        return fitted.coef_.reshape(n_outputs, -1).T, np.reshape(fitted.intercept_, n_outputs)

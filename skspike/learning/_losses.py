"""Losses of the decoder, and its direct fit for a network that does not learn."""

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score

from .._utils import Array

# with nearly equal features, a logistic regression needs more than a thousand iterations
MAX_ITERATIONS = 10_000


class CrossEntropy:
    """Cross-entropy loss of class labels: the outputs are logits.

    See Also
    --------
    SquaredError : The loss of regression.
    Target : Passes the loss to a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import CrossEntropy
    >>> loss, gradient = CrossEntropy.gradient(np.zeros((1, 2)), np.array([1]), np.ones(1))
    >>> round(float(loss), 4), gradient.tolist()
    (0.6931, [[0.5, -0.5]])
    """

    @staticmethod
    def gradient(outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss and its gradient.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_classes)
            Logits.
        y : ndarray of shape (n_samples,), int
            Class labels, from 0.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.

        Returns
        -------
        loss : float
            Summed over samples.
        doutputs : ndarray of shape (n_samples, n_classes)
            Its gradient with respect to the outputs.
        """
        log_p = outputs - outputs.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        rows = np.arange(len(y))
        loss = -(weight * log_p[rows, y]).sum()
        d = np.exp(log_p)
        d[rows, y] -= 1
        return loss, d * weight[:, None]

    @staticmethod
    def score(outputs: Array, y: Array) -> float:
        """Return the accuracy.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_classes)
            Logits.
        y : ndarray of shape (n_samples,), int
            Class labels, from 0.

        Returns
        -------
        accuracy : float
            Fraction of samples whose largest output belongs to their class.
        """
        return float((outputs.argmax(axis=1) == y).mean())

    @staticmethod
    def targets(y: Array, n_outputs: int) -> Array:
        """Return one-hot targets for a regression.

        Parameters
        ----------
        y : ndarray of shape (n_samples,), int
            Class labels, from 0.
        n_outputs : int
            Number of classes.

        Returns
        -------
        targets : ndarray of shape (n_samples, n_outputs)
            1 for the class, 0 for the others.
        """
        return np.eye(n_outputs)[y]

    @staticmethod
    def fit(
            z: Array, y: Array, weight: Array, n_outputs: int,
            alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit a logistic regression with an L2 penalty, on the features of a fixed network.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_features)
            Standardised features.
        y : ndarray of shape (n_samples,), int
            Class labels, from 0.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.
        n_outputs : int
            Number of classes.
        alpha : float, default=1.0
            L2 penalty: ``alpha / 2`` times the squared coefficients is added to the summed loss.

        Returns
        -------
        coef : ndarray of shape (n_features, n_outputs)
            Coefficients.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        fitted = LogisticRegression(C=1 / alpha, max_iter=MAX_ITERATIONS).fit(z, y, weight)
        coef, intercept = fitted.coef_.T, fitted.intercept_
        if n_outputs == 2:  # scikit-learn fits one column for two classes
            coef, intercept = coef * [-0.5, 0.5], intercept * [-0.5, 0.5]
        return coef, intercept


class SquaredError:
    """Squared error loss: half the squared distance from the true values.

    See Also
    --------
    CrossEntropy : The loss of classification.
    Target : Passes the loss to a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import SquaredError
    >>> loss, gradient = SquaredError.gradient(np.array([[3.0]]), np.array([[1.0]]), np.ones(1))
    >>> float(loss), gradient.tolist()
    (2.0, [[2.0]])
    """

    @staticmethod
    def gradient(outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss and its gradient.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs)
            Predicted values.
        y : ndarray of shape (n_samples, n_outputs)
            True values.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.

        Returns
        -------
        loss : float
            Summed over samples.
        doutputs : ndarray of shape (n_samples, n_outputs)
            Its gradient with respect to the outputs.
        """
        d = (outputs - y) * weight[:, None]
        return 0.5 * (d * (outputs - y)).sum(), d

    @staticmethod
    def score(outputs: Array, y: Array) -> float:
        """Return the coefficient of determination, r2.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs)
            Predicted values.
        y : ndarray of shape (n_samples, n_outputs)
            True values.

        Returns
        -------
        r2 : float
            Mean over the outputs, at most 1. If all true values of an output are equal, as for a
            single sample, its score is 1 for exact predictions, else 0.
        """
        return float(r2_score(y, outputs)) if len(y) > 1 else float(np.mean(y == outputs))

    @staticmethod
    def targets(y: Array, n_outputs: int) -> Array:
        """Return the true values, which are the targets of a regression.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            True values.
        n_outputs : int
            Number of values. Ignored: the shape of `y` determines it.

        Returns
        -------
        targets : ndarray of shape (n_samples, n_outputs)
            `y` itself.
        """
        return y

    @staticmethod
    def fit(
            z: Array, y: Array, weight: Array, n_outputs: int,
            alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit a ridge regression on the features of a fixed network.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_features)
            Standardised features.
        y : ndarray of shape (n_samples, n_outputs)
            True values.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.
        n_outputs : int
            Number of values.
        alpha : float, default=1.0
            L2 penalty: ``alpha / 2`` times the squared coefficients is added to the summed loss.

        Returns
        -------
        coef : ndarray of shape (n_features, n_outputs)
            Coefficients.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        fitted = Ridge(alpha).fit(z, y, weight)
        return fitted.coef_.reshape(n_outputs, -1).T, np.reshape(fitted.intercept_, n_outputs)

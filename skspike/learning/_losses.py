"""What a readout is to minimise, and how it is fitted alone, where the network stays as it is."""

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score

from .._utils import Array

# of a logistic regression: features that are nearly the same ask for more than a thousand
MOST_ITERATIONS = 10_000


class CrossEntropy:
    """Of classes, given by number: outputs are logits.

    See Also
    --------
    SquaredError : The loss of values.
    Target : Carries the loss to a rule.

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
        """Return the summed loss, and its gradient.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_classes)
            Logits.
        y : ndarray of shape (n_samples,), int
            Numbers of the classes.
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
            Numbers of the classes.

        Returns
        -------
        accuracy : float
            Share of the samples whose largest output is that of their class.
        """
        return float((outputs.argmax(axis=1) == y).mean())

    @staticmethod
    def targets(y: Array, n_outputs: int) -> Array:
        """Return values that a regression can aim at.

        Parameters
        ----------
        y : ndarray of shape (n_samples,), int
            Numbers of the classes.
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
            z: Array, y: Array, weight: Array, n_outputs: int, alpha: float = 1.0) -> tuple[
            Array, Array]:
        """Fit a logistic regression with a penalty: the readout of a network that stays as it is.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_features)
            Standardised features.
        y : ndarray of shape (n_samples,), int
            Numbers of the classes.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.
        n_outputs : int
            Number of classes.
        alpha : float, default=1.0
            Penalty: half of it times the squared coefficients is added to the summed loss.

        Returns
        -------
        coef : ndarray of shape (n_features, n_outputs)
            Coefficients.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        fitted = LogisticRegression(C=1 / alpha, max_iter=MOST_ITERATIONS).fit(z, y, weight)
        coef, intercept = fitted.coef_.T, fitted.intercept_
        if n_outputs == 2:  # one column stands for two
            coef, intercept = coef * [-0.5, 0.5], intercept * [-0.5, 0.5]
        return coef, intercept


class SquaredError:
    """Half the squared distance from values, (n_samples, n_outputs).

    See Also
    --------
    CrossEntropy : The loss of classes.
    Target : Carries the loss to a rule.

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
        """Return the summed loss, and its gradient.

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
            1 at best, as a mean over the outputs. Of one sample, as of values that are all the
            same: 1 if predicted exactly, else 0.
        """
        return float(r2_score(y, outputs)) if len(y) > 1 else float(np.mean(y == outputs))

    @staticmethod
    def targets(y: Array, n_outputs: int) -> Array:
        """Return the values themselves.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_outputs)
            True values.
        n_outputs : int
            Number of values, which `y` tells already.

        Returns
        -------
        targets : ndarray of shape (n_samples, n_outputs)
            What a regression aims at: `y`.
        """
        return y

    @staticmethod
    def fit(
            z: Array, y: Array, weight: Array, n_outputs: int, alpha: float = 1.0) -> tuple[
            Array, Array]:
        """Fit a ridge regression: the readout of a network that stays as it is.

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
            Penalty: half of it times the squared coefficients is added to the summed loss.

        Returns
        -------
        coef : ndarray of shape (n_features, n_outputs)
            Coefficients.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        fitted = Ridge(alpha).fit(z, y, weight)
        return fitted.coef_.reshape(n_outputs, -1).T, np.reshape(fitted.intercept_, n_outputs)

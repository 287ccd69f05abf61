"""Losses of the decoder, and its direct fit for a network that does not learn."""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score

from .._utils import Array

# with nearly equal features, a logistic regression needs more than a thousand iterations
MAX_ITERATIONS = 10_000


class CrossEntropy:
    """Cross-entropy loss of class labels: the outputs are logits.

    See Also
    --------
    BinaryCrossEntropy : The loss of labels that do not exclude each other.
    ColumnCrossEntropy : The loss of several columns of class labels.
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

    learns = "classes"

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
            Coefficients. They are 0 if all labels are equal.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        if (y == y[0]).all():  # a logistic regression needs two classes
            n = np.bincount(y, weight, n_outputs) + 0.5  # Jeffreys' prior keeps logits finite
            return np.zeros((z.shape[1], n_outputs)), np.log(n / n.sum())
        fitted = LogisticRegression(C=1 / alpha, max_iter=MAX_ITERATIONS).fit(z, y, weight)
        coef, intercept = fitted.coef_.T, fitted.intercept_
        if n_outputs == 2:  # scikit-learn fits one column for two classes
            coef, intercept = coef * [-0.5, 0.5], intercept * [-0.5, 0.5]
        return coef, intercept


class BinaryCrossEntropy:
    """Cross-entropy loss of an indicator matrix: each output is the logit of one label.

    See Also
    --------
    CrossEntropy : The loss of labels that exclude each other.
    Target : Passes the loss to a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import BinaryCrossEntropy
    >>> y = np.array([[0, 1]])
    >>> loss, gradient = BinaryCrossEntropy.gradient(np.zeros((1, 2)), y, np.ones(1))
    >>> round(float(loss), 4), gradient.tolist()
    (1.3863, [[0.5, -0.5]])
    """

    learns = "labels in several columns"

    @staticmethod
    def gradient(outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the loss, summed over labels and samples, and its gradient.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_labels)
            Logits.
        y : ndarray of shape (n_samples, n_labels), int
            1 if a sample has the label, else 0.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.

        Returns
        -------
        loss : float
            Summed over labels and samples.
        doutputs : ndarray of shape (n_samples, n_labels)
            Its gradient with respect to the outputs.
        """
        sign = 1 - 2 * y  # of a wrong logit
        loss = (weight @ np.logaddexp(0, sign * outputs)).sum()
        return loss, sign * expit(sign * outputs) * weight[:, None]

    @staticmethod
    def score(outputs: Array, y: Array) -> float:
        """Return the accuracy.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_labels)
            Logits.
        y : ndarray of shape (n_samples, n_labels), int
            1 if a sample has the label, else 0.

        Returns
        -------
        accuracy : float
            Fraction of samples that have exactly the labels with positive outputs.
        """
        return float(((outputs > 0) == y).all(axis=1).mean())

    @staticmethod
    def targets(y: Array, n_outputs: int) -> Array:
        """Return targets for a regression.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_labels), int
            1 if a sample has the label, else 0.
        n_outputs : int
            Number of labels. Ignored: the shape of `y` determines it.

        Returns
        -------
        targets : ndarray of shape (n_samples, n_labels)
            `y` as floats.
        """
        return y.astype(float)

    @staticmethod
    def fit(
            z: Array, y: Array, weight: Array, n_outputs: int,
            alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit one logistic regression with an L2 penalty for each label.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_features)
            Standardised features.
        y : ndarray of shape (n_samples, n_labels), int
            1 if a sample has the label, else 0.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.
        n_outputs : int
            Number of labels.
        alpha : float, default=1.0
            L2 penalty: ``alpha / 2`` times the squared coefficients is added to the summed loss.

        Returns
        -------
        coef : ndarray of shape (n_features, n_labels)
            Coefficients. They are 0 for a label that all samples have, or none.
        intercept : ndarray of shape (n_labels,)
            Intercepts.
        """
        fits = [CrossEntropy.fit(z, column, weight, 2, alpha) for column in y.T]
        # the logit of a label is the difference of the logits of 1 and 0
        coef = np.stack([coef[:, 1] - coef[:, 0] for coef, _ in fits], axis=1)
        return coef, np.array([intercept[1] - intercept[0] for _, intercept in fits])


class ColumnCrossEntropy:
    """Cross-entropy loss of several columns of class labels, summed over the columns.

    The outputs are the logits of all classes of the first column, then of the next. Each column has
    a softmax of its own.

    Parameters
    ----------
    sizes : sequence of int
        Number of classes of each column.

    See Also
    --------
    CrossEntropy : The loss of one column.
    Target : Passes the loss to a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import ColumnCrossEntropy
    >>> y = np.array([[1, 0]])  # the second of two classes, and the first of four
    >>> loss, gradient = ColumnCrossEntropy((2, 4)).gradient(np.zeros((1, 6)), y, np.ones(1))
    >>> round(float(loss), 4), gradient.tolist()
    (2.0794, [[0.5, -0.5, -0.75, 0.25, 0.25, 0.25]])
    """

    learns = "labels in several columns"

    def __init__(self, sizes: Sequence[int]):
        self.sizes = tuple(sizes)

    def split(self, outputs: Array) -> list[Array]:
        """Return the outputs of each column.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs)
            Outputs of all columns.

        Returns
        -------
        parts : list of ndarray of shape (n_samples, n_classes)
            Outputs of the classes of each column.
        """
        ends = itertools.pairwise(itertools.accumulate(self.sizes, initial=0))
        return [outputs[:, start:stop] for start, stop in ends]

    def gradient(self, outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the loss, summed over columns and samples, and its gradient.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs)
            Logits.
        y : ndarray of shape (n_samples, n_columns), int
            Class labels of each column, from 0.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.

        Returns
        -------
        loss : float
            Summed over columns and samples.
        doutputs : ndarray of shape (n_samples, n_outputs)
            Its gradient with respect to the outputs.
        """
        found = [
            CrossEntropy.gradient(part, column, weight)
            for part, column in zip(self.split(outputs), y.T, strict=True)]
        losses, gradients = zip(*found, strict=True)
        return sum(losses), np.hstack(gradients)

    def score(self, outputs: Array, y: Array) -> float:
        """Return the accuracy.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs)
            Logits.
        y : ndarray of shape (n_samples, n_columns), int
            Class labels of each column, from 0.

        Returns
        -------
        accuracy : float
            Fraction of samples whose largest output is correct in every column.
        """
        best = np.stack([part.argmax(axis=1) for part in self.split(outputs)], axis=1)
        return float((best == y).all(axis=1).mean())

    def targets(self, y: Array, n_outputs: int) -> Array:
        """Return one-hot targets for a regression.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_columns), int
            Class labels of each column, from 0.
        n_outputs : int
            Number of outputs. Ignored: `sizes` determines it.

        Returns
        -------
        targets : ndarray of shape (n_samples, n_outputs)
            1 for the class of each column, 0 for the others.
        """
        parts = map(CrossEntropy.targets, y.T, self.sizes)
        return np.hstack(list(parts))

    def fit(
            self, z: Array, y: Array, weight: Array, n_outputs: int,
            alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit one logistic regression with an L2 penalty for each column.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_features)
            Standardised features.
        y : ndarray of shape (n_samples, n_columns), int
            Class labels of each column, from 0.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.
        n_outputs : int
            Number of outputs. Ignored: `sizes` determines it.
        alpha : float, default=1.0
            L2 penalty: ``alpha / 2`` times the squared coefficients is added to the summed loss.

        Returns
        -------
        coef : ndarray of shape (n_features, n_outputs)
            Coefficients. They are 0 for a column whose labels are all equal.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        fits = [
            CrossEntropy.fit(z, column, weight, size, alpha)
            for size, column in zip(self.sizes, y.T, strict=True)]
        coefs, intercepts = zip(*fits, strict=True)
        return np.hstack(coefs), np.concatenate(intercepts)


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

    learns = "values"

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

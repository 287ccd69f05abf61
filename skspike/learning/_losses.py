"""Losses of the decoder, and its direct fit for a network that does not learn."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score

from .._base import Array, kernel, no_arrays

# with nearly equal features, a logistic regression needs more than a thousand iterations
MAX_ITERATIONS = 10_000


@kernel
@no_arrays
def _cross_entropy(outputs: Any, y: Any, weight: Any, doutputs: Any) -> float:
    """Write the gradient of the cross-entropy. Return the loss, summed over samples."""
    loss, n_outputs = 0.0, outputs.shape[1]
    for b in range(len(outputs)):
        largest, total = outputs[b, 0], 0.0
        for j in range(1, n_outputs):
            largest = max(largest, outputs[b, j])
        for j in range(n_outputs):
            doutputs[b, j] = np.exp(outputs[b, j] - largest)
            total += doutputs[b, j]
        loss -= weight[b] * (outputs[b, y[b]] - largest - np.log(total))
        for j in range(n_outputs):
            doutputs[b, j] *= weight[b] / total
        doutputs[b, y[b]] -= weight[b]
    return loss


class Loss(ABC):
    """Base of the losses, which compare the outputs of the decoder with a target.

    The shape of y depends on the loss: class indices from 0, (n_samples,), indicators or class
    indices, (n_samples, n_columns), or values, (n_samples, n_outputs).

    Parameters
    ----------
    n_outputs : int
        Number of outputs of the decoder.

    Attributes
    ----------
    learns : str
        Kind of target, for messages.
    n_classes : int
        Number of classes if a sample has one class, else 0.
    curvature : float
        Upper bound of the second derivatives with respect to the outputs of a sample.
    adaptation_penalty : float
        Default penalty of the changes of an adapted decoder (`skspike.SNNClassifier.adapt`).
    adaptation_temperature : float
        Divisor of the outputs of a network while it adapts.

    See Also
    --------
    Target : Passes the loss to a rule.

    Examples
    --------
    A rule that prints the loss of an untrained decoder:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Reservoir
    >>> class Curious(Reservoir):
    ...     name = "curious"
    ...     def learn(self, task):
    ...         loss, y, weight = task.target.loss, task.target.y, task.target.sample_weight
    ...         value, gradient = loss.gradient(np.zeros((len(y), loss.n_outputs)), y, weight)
    ...         print(loss.learns, round(float(value) / len(y), 4), gradient.shape)
    ...         return super().learn(task)
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNClassifier(8, rule=Curious(), random_state=0).fit(X, y)
    classes 0.6931 (20, 2)
    """

    learns: str
    n_classes = 0
    curvature = 0.5
    adaptation_penalty = 0.01
    adaptation_temperature = 2.0

    def __init__(self, n_outputs: int):
        self.n_outputs = n_outputs

    @abstractmethod
    def gradient(self, outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss and its gradient.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs)
            Outputs of the decoder: logits, or values.
        y : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Target.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.

        Returns
        -------
        loss : float
            Summed over samples and columns.
        doutputs : ndarray of shape (n_samples, n_outputs)
            Its gradient with respect to the outputs.
        """

    @abstractmethod
    def score(self, outputs: Array, y: Array) -> float:
        """Return the score of the outputs, at most 1.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs)
            Outputs of the decoder.
        y : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Target.

        Returns
        -------
        score : float
            For classes and labels the accuracy: the share of samples for which all columns are
            correct. For values the coefficient of determination, r2.
        """

    @abstractmethod
    def targets(self, y: Array) -> Array:
        """Return the targets of a regression: 1 for classes and labels of a sample, or values.

        Parameters
        ----------
        y : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Target.

        Returns
        -------
        targets : ndarray of shape (n_samples, n_outputs)
            Targets of the outputs.
        """

    @abstractmethod
    def fit(
            self, z: Array, y: Array, weight: Array, alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit a linear model with an L2 penalty, on the features of a fixed network.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_features)
            Standardised features.
        y : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Target.
        weight : ndarray of shape (n_samples,)
            Weights of the samples.
        alpha : float, default=1.0
            L2 penalty: ``alpha / 2`` times the squared coefficients is added to the summed loss.

        Returns
        -------
        coef : ndarray of shape (n_features, n_outputs)
            Coefficients. They are 0 for a column whose labels are all equal.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """


class CrossEntropy(Loss):
    """Cross-entropy loss of classes that exclude each other: the outputs are logits.

    Parameters
    ----------
    n_outputs : int
        Number of classes.
    """

    learns = "classes"

    def __init__(self, n_outputs: int):
        super().__init__(n_outputs)
        self.n_classes = n_outputs

    def gradient(self, outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss and its gradient."""
        outputs = np.ascontiguousarray(outputs, float)
        doutputs = np.empty_like(outputs)
        loss = _cross_entropy(
            outputs, np.ascontiguousarray(y, np.int64), np.ascontiguousarray(weight, float),
            doutputs)
        return loss, doutputs

    def score(self, outputs: Array, y: Array) -> float:
        """Return the accuracy."""
        return float((outputs.argmax(axis=1) == y).mean())

    def targets(self, y: Array) -> Array:
        """Return 1 for the class of a sample, 0 for the others."""
        return np.eye(self.n_outputs)[y]

    def fit(
            self, z: Array, y: Array, weight: Array, alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit a logistic regression."""
        if (y == y[0]).all():  # a logistic regression needs two classes
            n = np.bincount(y, weight, self.n_outputs) + 0.5  # Jeffreys' prior: finite logits
            return np.zeros((z.shape[1], self.n_outputs)), np.log(n / n.sum())
        C = 1 / alpha if alpha else np.inf
        fitted = LogisticRegression(C=C, max_iter=MAX_ITERATIONS).fit(z, y, weight)
        coef, intercept = fitted.coef_.T, fitted.intercept_
        if self.n_outputs == 2:  # scikit-learn fits one column for two classes
            coef, intercept = coef * [-0.5, 0.5], intercept * [-0.5, 0.5]
        return coef, intercept


class BinaryCrossEntropy(Loss):
    """Cross-entropy loss of an indicator matrix: each output is the logit of one label.

    Parameters
    ----------
    n_outputs : int
        Number of labels.
    """

    learns = "labels in several columns"
    curvature = 0.25

    def gradient(self, outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the loss, summed over labels and samples, and its gradient."""
        sign = 1 - 2 * self.targets(y)  # of a wrong logit
        loss = (weight @ np.logaddexp(0, sign * outputs)).sum()
        return loss, sign * expit(sign * outputs) * weight[:, None]

    def score(self, outputs: Array, y: Array) -> float:
        """Return the share of samples that have exactly the labels with positive outputs."""
        return float(((outputs > 0) == y).all(axis=1).mean())

    def targets(self, y: Array) -> Array:
        """Return the indicators as floats."""
        return y.astype(float)

    def fit(
            self, z: Array, y: Array, weight: Array, alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit one logistic regression for each label."""
        fits = [CrossEntropy(2).fit(z, column, weight, alpha) for column in y.T]
        # the logit of a label is the difference of the logits of 1 and 0
        coef = np.stack([coef[:, 1] - coef[:, 0] for coef, _ in fits], axis=1)
        return coef, np.array([intercept[1] - intercept[0] for _, intercept in fits])


class ColumnCrossEntropy(Loss):
    """Cross-entropy loss of several columns of class labels, summed over the columns.

    The outputs are the logits of all classes of the first column, then of the next. Each column has
    a softmax of its own.

    Parameters
    ----------
    sizes : sequence of int
        Number of classes of each column.
    """

    learns = "labels in several columns"

    def __init__(self, sizes: Sequence[int]):
        self.sizes = tuple(sizes)
        self.columns = [CrossEntropy(size) for size in self.sizes]
        super().__init__(sum(self.sizes))

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
        """Return the loss, summed over columns and samples, and its gradient."""
        found = [
            loss.gradient(part, column, weight)
            for loss, part, column in zip(self.columns, self.split(outputs), y.T, strict=True)]
        losses, gradients = zip(*found, strict=True)
        return sum(losses), np.hstack(gradients)

    def score(self, outputs: Array, y: Array) -> float:
        """Return the share of samples whose largest output is correct in every column."""
        best = np.stack([part.argmax(axis=1) for part in self.split(outputs)], axis=1)
        return float((best == y).all(axis=1).mean())

    def targets(self, y: Array) -> Array:
        """Return 1 for the class of each column, 0 for the others."""
        return np.hstack(
            [loss.targets(column) for loss, column in zip(self.columns, y.T, strict=True)])

    def fit(
            self, z: Array, y: Array, weight: Array, alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit one logistic regression for each column."""
        fits = [
            loss.fit(z, column, weight, alpha)
            for loss, column in zip(self.columns, y.T, strict=True)]
        coefs, intercepts = zip(*fits, strict=True)
        return np.hstack(coefs), np.concatenate(intercepts)


class SquaredError(Loss):
    """Squared error loss: half the squared distance from the true values.

    Parameters
    ----------
    n_outputs : int
        Number of values.
    """

    learns = "values"
    curvature = 1.0
    adaptation_penalty = 0.3
    adaptation_temperature = 1.0

    def gradient(self, outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss and its gradient."""
        d = (outputs - y) * weight[:, None]
        return 0.5 * (d * (outputs - y)).sum(), d

    def score(self, outputs: Array, y: Array) -> float:
        """Return the mean r2 of the outputs.

        If all true values of an output are equal, as for a single sample, its score is 1 for exact
        predictions, else 0.
        """
        return float(r2_score(y, outputs)) if len(y) > 1 else float(np.mean(y == outputs))

    def targets(self, y: Array) -> Array:
        """Return the true values."""
        return y

    def fit(
            self, z: Array, y: Array, weight: Array, alpha: float = 1.0) -> tuple[Array, Array]:
        """Fit a ridge regression."""
        # without a penalty, features may depend on each other
        fitted = Ridge(alpha, solver="auto" if alpha else "svd").fit(z, y, weight)
        coef = fitted.coef_.reshape(self.n_outputs, -1).T
        return coef, np.reshape(fitted.intercept_, self.n_outputs)


class EachStep(Loss):
    """A loss with a target for each step, summed over the steps that are known.

    The outputs are (n_samples, n_steps, n_outputs). The target is (n_samples, n_steps, n_outputs)
    with NaN for values that are not known, or class indices, (n_samples, n_steps), with -1.

    Parameters
    ----------
    loss : CrossEntropy or SquaredError
        The loss of a step.
    n_known : float, default=1.0
        Mean number of known steps of a sample, by which the sum is divided.
    class_weight : ndarray of shape (n_classes,) or None, default=None
        Factor of the loss of each class. None means 1.
    """

    def __init__(self, loss: Loss, n_known: float = 1.0, class_weight: Array | None = None):
        super().__init__(loss.n_outputs)
        self.loss, self.n_known, self.class_weight = loss, n_known, class_weight
        self.n_classes, self.learns = loss.n_classes, f"{loss.learns} for each step"

    def of_length(self, n_known: float) -> "EachStep":
        """Return the loss for samples with another mean number of known steps."""
        return EachStep(self.loss, n_known, self.class_weight)

    def step_weight(self, y: Array, weight: Array) -> Array:
        """Return the weight of each step, (n_samples, n_steps): 0 if it is not known."""
        known = self.known(y)
        found = np.where(known, weight[:, None] / self.n_known, 0.0)
        return found if self.class_weight is None else found * self.class_weight[y * known]

    def known(self, y: Array) -> Array:
        """Return which steps are known, at least of one output, (n_samples, n_steps)."""
        return np.asarray(y >= 0 if self.n_classes else ~np.isnan(y).all(axis=2))

    def gradient(self, outputs: Array, y: Array, weight: Array) -> tuple[float, Array]:
        """Return the summed loss and its gradient, in the shape of the outputs."""
        known = self.known(y)
        each = self.step_weight(y, weight).ravel()
        wanted = np.where(known, y, 0) if self.n_classes else np.where(np.isnan(y), outputs, y)
        rows = outputs.reshape(-1, self.n_outputs)
        wanted = wanted.reshape(len(rows), *wanted.shape[2:])
        loss, gradient = self.loss.gradient(rows, wanted, each)
        return loss, gradient.reshape(outputs.shape)

    def score(self, outputs: Array, y: Array) -> float:
        """Return the score of the steps that are known, averaged over outputs."""
        if self.n_classes:
            known = self.known(y)
            return self.loss.score(outputs[known], y[known])
        scores = []
        for k in range(self.n_outputs):
            known = ~np.isnan(y[:, :, k])
            scores.append(self.loss.score(outputs[known][:, k : k + 1], y[known][:, k : k + 1]))
        return float(np.mean(scores))

    def targets(self, y: Array) -> Array:
        """Return the targets of a regression, (n_samples, n_steps, n_outputs), NaN if unknown."""
        if not self.n_classes:
            return y
        found = self.loss.targets(np.maximum(y, 0))
        return np.where(self.known(y)[:, :, None], found, np.nan)

    def fit(self, z: Array, y: Array, weight: Array, alpha: float = 1.0) -> tuple[Array, Array]:
        """Raise, because the features of all steps do not fit into memory: see `step_ridge`."""
        raise NotImplementedError

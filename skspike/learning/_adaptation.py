"""Adaptation of a linear decoder to new samples: to a few at once, or to one at a time.

`least_change`: the new coefficients minimise the loss on the new samples, with a penalty on their
distance from the old coefficients. With the features z of a sample, followed by 1, and changes C:

    sum_i loss_i((old outputs_i + z_i C) / T) + penalty m / 2 |C / T|^2,      m = mean_i |z_i|^2

A network is too sure about new users. A temperature T above 1 makes it less sure while it adapts,
so that samples that are classified correctly also have an effect.

The first step minimises an upper bound of this function, a parabola with the largest curvature of
the loss (Böhning 1992). It is a ridge regression on the gradients, and exact for squared errors.
L-BFGS continues from there, in units in which this parabola is round.

`OnlineReadout`: the residual e of a sample moves the coefficients by this first step for the sample
alone, in float32. Exported code has the same operations in the same order, so results are equal bit
for bit.

    e_j = (1 if j is the class else 0) - softmax(outputs / T)_j       classes
    e_j = y_j - outputs_j                                             values, T = 1
    coef += T z e / ((curvature + penalty) (1 + |z|^2))
"""

import warnings
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from .._base import Array, kernel
from ..neurons import exp
from ._decoder import LinearDecoder
from ._losses import CrossEntropy, Loss, SquaredError

MAX_STEPS, TOLERANCE = 10_000, 1e-4  # tolerance of the function that is minimised, relative
ZERO, ONE = np.float32(0), np.float32(1)


def least_change(
        loss: Loss, z: Array, outputs: Array, y: Array,
        penalty: float | None = None, temperature: float = 1.0) -> tuple[Array, Array]:
    """Return the changes of the coefficients and of the intercepts.

    Parameters
    ----------
    loss : Loss
        Loss of the outputs.
    z : ndarray of shape (n_samples, n_features)
        Features of the new samples.
    outputs : ndarray of shape (n_samples, n_outputs)
        Outputs of the old decoder.
    y : ndarray of shape (n_samples,) or (n_samples, n_columns)
        Target of the loss.
    penalty : float or None, default=None
        Penalty of the squared changes, in units of the mean squared size of the features. None
        takes the default of the loss.
    temperature : float, default=1.0
        Divisor of the outputs.

    Returns
    -------
    dcoef : ndarray of shape (n_features, n_outputs)
        Changes of the coefficients.
    dintercept : ndarray of shape (n_outputs,)
        Changes of the intercepts.

    Examples
    --------
    With one sample and a penalty of 1, the output moves half of the distance to its target:

    >>> import numpy as np
    >>> from skspike.learning import SquaredError
    >>> from skspike.learning._adaptation import least_change
    >>> z = np.array([[1.0, 2.0]])
    >>> dcoef, dintercept = least_change(
    ...     SquaredError(1), z, np.zeros((1, 1)), np.ones((1, 1)), penalty=1.0)
    >>> (z @ dcoef + dintercept).round(3)
    array([[0.5]])
    """
    penalty = loss.adaptation_penalty if penalty is None else penalty
    extended, weight = np.hstack([z, np.ones((len(z), 1))]), np.ones(len(z))
    outputs = outputs / temperature
    # the changes lie in the space of the samples, which has few dimensions
    left, sizes, axes = np.linalg.svd(extended, full_matrices=False)
    places = left * sizes
    strength = penalty * np.square(sizes).sum() / len(z)
    unit = 1 / np.sqrt(loss.curvature * sizes**2 + strength)[:, np.newaxis]

    def objective(scaled: Array) -> tuple[float, Array]:
        change = unit * scaled.reshape(-1, outputs.shape[1])
        value, gradient = loss.gradient(outputs + places @ change, y, weight)
        slope = places.T @ gradient + strength * change
        return value + strength / 2 * np.square(change).sum(), (unit * slope).ravel()

    _, slope = objective(np.zeros(unit.size * outputs.shape[1]))
    found = minimize(
        objective, -slope, jac=True, method="L-BFGS-B", options={
            "maxiter": MAX_STEPS, "maxfun": MAX_STEPS, "ftol": 0,
            "gtol": 1e-9 * np.abs(slope).max()})
    # the curvature is at least the strength, which limits the distance from the minimum
    excess = np.square(found.jac.reshape(-1, outputs.shape[1]) / unit).sum() / (2 * strength)
    rounding = np.finfo(float).eps * np.square(outputs).sum()
    if excess > TOLERANCE * (found.fun + rounding):
        warnings.warn(
            f"The adaptation did not converge in {found.nit} steps. Raise penalty={penalty:g}.",
            ConvergenceWarning, stacklevel=2)
    change = temperature * axes.T @ (unit * found.x.reshape(-1, outputs.shape[1]))
    return change[:-1], change[-1]


@kernel
def _decide(
        features: Any, mean: Any, inverse_scale: Any, coef: Any, intercept: Any, z: Any,
        outputs: Any) -> None:
    """Compute the standardised features and the outputs."""
    for k in range(len(z)):
        z[k] = (features[k] - mean[k]) * inverse_scale[k]
    for j in range(len(outputs)):
        total = intercept[j]
        for k in range(len(z)):
            total += coef[k, j] * z[k]
        outputs[j] = total


@kernel
def _class_errors(outputs: Any, label: Any, coldness: Any, errors: Any) -> None:
    """Compute the residuals of the probabilities of classes."""
    largest, total = outputs[0], ZERO
    for j in range(len(outputs)):
        largest = outputs[j] if outputs[j] > largest else largest
    for j in range(len(outputs)):
        errors[j] = exp((outputs[j] - largest) * coldness)
        total += errors[j]
    for j in range(len(outputs)):
        errors[j] = (ONE if j == label else ZERO) - errors[j] / total


@kernel
def _move(z: Any, errors: Any, rate: Any, coef: Any, intercept: Any) -> None:
    """Change the coefficients and intercepts."""
    square = ONE
    for k in range(len(z)):
        square += z[k] * z[k]
    for j in range(len(errors)):
        step = errors[j] * (rate / square)
        intercept[j] += step
        for k in range(len(z)):
            coef[k, j] += step * z[k]


class OnlineReadout(NamedTuple):
    """Decoder in float32 that adapts to one sample at a time. It is never changed in place."""

    loss: Loss
    coef: Array
    intercept: Array
    mean: Array
    inverse_scale: Array

    @classmethod
    def of(cls, decoder: LinearDecoder, loss: Loss, unit: Any = 1.0, offset: Any = 0.0) -> Self:
        """Return the readout of a decoder whose outputs have a unit and an offset.

        Raise ValueError for labels in several columns.
        """
        if not isinstance(loss, (CrossEntropy, SquaredError)):
            raise ValueError(
                "Streams and exported code adapt to one column of classes or to values, got labels "
                "in several columns. Use the method adapt of the network.")
        arrays = (
            decoder.coef * unit, decoder.intercept * unit + offset, decoder.mean,
            1 / decoder.scale)
        return cls(loss, *(np.ascontiguousarray(array, np.float32) for array in arrays))

    def rate(self, penalty: float | None) -> np.float32:
        """Return the factor of the steps for a penalty, by default the one of the loss."""
        penalty = self.loss.adaptation_penalty if penalty is None else penalty
        return np.float32(self.loss.adaptation_temperature / (self.loss.curvature + penalty))

    @property
    def coldness(self) -> np.float32:
        """Inverse temperature: factor of the outputs of classes."""
        return np.float32(1 / self.loss.adaptation_temperature)

    def decided(self, features: Array) -> tuple[Array, Array]:
        """Return the standardised features of a sample, and its outputs."""
        z, outputs = np.empty_like(self.mean), np.empty_like(self.intercept)
        _decide(
            features.astype(np.float32), self.mean, self.inverse_scale, self.coef, self.intercept,
            z, outputs)
        return z, outputs

    def adapted(self, features: Array, y: Any, penalty: float | None) -> Self:
        """Return the readout after a sample, with a class index or the values of all outputs."""
        z, outputs = self.decided(features)
        coef, intercept = self.coef.copy(), self.intercept.copy()
        if self.loss.n_classes:
            errors = np.empty_like(outputs)
            _class_errors(outputs, y, self.coldness, errors)
        else:
            errors = np.asarray(y, np.float32) - outputs
        _move(z, errors, self.rate(penalty), coef, intercept)
        return self._replace(coef=coef, intercept=intercept)

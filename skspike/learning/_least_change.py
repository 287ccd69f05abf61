"""Adaptation of a linear decoder to a few new samples.

The new coefficients minimise the loss on the new samples, with a penalty on their distance from
the old coefficients. With the features z of a sample, followed by 1, and the changes C:

    sum_i loss_i((old outputs_i + z_i C) / T) + penalty m / 2 |C / T|^2,      m = mean_i |z_i|^2

A network is too sure about new users. A temperature T above 1 makes it less sure while it adapts,
so that samples that are classified correctly also have an effect.

The first step minimises an upper bound of this function, a parabola with the largest curvature of
the loss (Böhning 1992). It is a ridge regression on the gradients, and exact for squared errors.
L-BFGS continues from there, in units in which this parabola is round.
"""

import warnings

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from .._base import Array
from ._losses import Loss

MAX_STEPS, TOLERANCE = 10_000, 1e-4  # tolerance of the function that is minimised, relative


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
    >>> from skspike.learning._least_change import least_change
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

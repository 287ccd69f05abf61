"""The linear readout of standardised features of the spikes.

    z = (feature - mean) / max(sd, floor),   outputs = z coef + intercept

Mean and deviation are those of each feature on training data under the initial weights; then they are constants. Without
them a large count would act as a large learning rate, and any change of rates would pass for learning.
"""

from typing import NamedTuple, Self

import numpy as np

from .._typing import Array

SD_FLOOR = 0.7  # spikes; the floor of what is no count is what independent spikes make of it


class LinearReadout(NamedTuple):
    """A linear readout of standardised features.

    Parameters
    ----------
    coef : ndarray of shape (n_features, n_outputs)
        Coefficients.
    intercept : ndarray of shape (n_outputs,)
        Intercepts.
    mean : ndarray of shape (n_features,)
        What is taken from the features.
    scale : ndarray of shape (n_features,)
        What they are then divided by.
    """

    coef: np.ndarray
    intercept: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def initial(cls, features: Array, n_outputs: int, rng: np.random.RandomState, units: Array | float = 1.0) -> Self:
        """Return a readout standardised on features, (n_samples, n_features), with small random coefficients.

        `units` are the features' deviations where a count's is one.
        """
        coef = rng.normal(0, 1 / np.sqrt(features.shape[1]), (features.shape[1], n_outputs))
        return cls(coef, np.zeros(n_outputs), features.mean(0), np.maximum(features.std(0), SD_FLOOR * units))

    def standardise(self, features: Array) -> Array:
        """Return z for features (n_samples, n_features)."""
        return (features - self.mean) / self.scale

    def outputs(self, features: Array) -> Array:
        """Return the outputs, (n_samples, n_outputs): logits of classes, or values."""
        return self.standardise(features) @ self.coef + self.intercept

    def vjp(self, features: Array, doutputs: Array) -> tuple[Array, Array, Array]:
        """Return the gradients with respect to coef, intercept and features."""
        return self.standardise(features).T @ doutputs, doutputs.sum(axis=0), (doutputs @ self.coef.T) / self.scale

"""The linear readout of standardised features of the spikes.

    z = (feature - mean) / max(sd, floor),   outputs = z coef + intercept

Mean and deviation are those of each feature on training data under the initial weights; then they
are constants. Without them a large count would act as a large learning rate, and any change of
rates would pass for learning.
"""

from typing import NamedTuple, Self

import numpy as np

from .._utils import Array

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

    See Also
    --------
    with_readout : Makes one that suits the data.
    skspike.readouts.Readout : Makes the features.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import LinearReadout
    >>> readout = LinearReadout(coef=np.array([[1.0], [2.0]]), intercept=np.zeros(1), mean=np.array([3.0, 3.0]), scale=np.ones(2))
    >>> readout.outputs(np.array([[3.0, 4.0]]))
    array([[2.]])
    """

    coef: np.ndarray
    intercept: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def initial(
            cls, features: Array, n_outputs: int, rng: np.random.RandomState,
            units: Array | float = 1.0) -> Self:
        """Return a readout standardised on features, with small random coefficients.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            What it sees of training data.
        n_outputs : int
            Number of its outputs.
        rng : RandomState
            Draws the coefficients.
        units : ndarray of shape (n_features,) or float, default=1.0
            The features' deviations where a count's is one.

        Returns
        -------
        readout : LinearReadout
            With intercepts of 0.
        """
        coef = rng.normal(0, 1 / np.sqrt(features.shape[1]), (features.shape[1], n_outputs))
        return cls(
            coef, np.zeros(n_outputs), features.mean(0),
            np.maximum(features.std(0), SD_FLOOR * units))

    def standardise(self, features: Array) -> Array:
        """Return what the coefficients weigh.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of the spikes.

        Returns
        -------
        z : ndarray of shape (n_samples, n_features)
            The features without their mean, divided by their scale.
        """
        return (features - self.mean) / self.scale

    def outputs(self, features: Array) -> Array:
        """Return the outputs.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of the spikes.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs)
            Logits of classes, or values.
        """
        return self.standardise(features) @ self.coef + self.intercept

    def vjp(self, features: Array, doutputs: Array) -> tuple[Array, Array, Array]:
        """Return gradients from those with respect to the outputs.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of the spikes.
        doutputs : ndarray of shape (n_samples, n_outputs)
            Gradients with respect to the outputs.

        Returns
        -------
        dcoef : ndarray of shape (n_features, n_outputs)
            With respect to the coefficients, summed over samples.
        dintercept : ndarray of shape (n_outputs,)
            With respect to the intercepts, summed over samples.
        dfeatures : ndarray of shape (n_samples, n_features)
            With respect to the features.
        """
        return self.standardise(features).T @ doutputs, doutputs.sum(axis=0), (
            doutputs @ self.coef.T) / self.scale

"""Linear decoder of standardised features.

    z = (feature - mean) / max(sd, floor),   outputs = z coef + intercept

Mean and standard deviation of each feature are estimated on training data under the initial
weights, and stay constant. Without standardisation a large count would act as a large learning
rate, and any change of rates would change the outputs.
"""

from typing import NamedTuple, Self

import numpy as np

from .._utils import Array

SD_FLOOR = 0.7  # lower bound of the standard deviation of a count, in spikes


class LinearDecoder(NamedTuple):
    """Linear decoder of standardised features.

    Parameters
    ----------
    coef : ndarray of shape (n_features, n_outputs)
        Coefficients.
    intercept : ndarray of shape (n_outputs,)
        Intercepts.
    mean : ndarray of shape (n_features,)
        Mean of the features.
    scale : ndarray of shape (n_features,)
        Divisor of the centred features.

    See Also
    --------
    with_decoder : Returns a decoder standardised on the data.
    skspike.readouts.Readout : Computes the features.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import LinearDecoder
    >>> coef, intercept = np.array([[1.0], [2.0]]), np.zeros(1)
    >>> decoder = LinearDecoder(coef, intercept, mean=np.array([3.0, 3.0]), scale=np.ones(2))
    >>> decoder.outputs(np.array([[3.0, 4.0]]))
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
        """Return a decoder standardised on features, with small random coefficients.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of training data.
        n_outputs : int
            Number of outputs.
        rng : RandomState
            Draws the coefficients.
        units : ndarray of shape (n_features,) or float, default=1.0
            Standard deviation of each feature for independent spikes, relative to a spike count. It
            scales the lower bound of the standard deviation.

        Returns
        -------
        decoder : LinearDecoder
            Decoder with intercepts of 0.
        """
        n_features = features.shape[1]
        coef = rng.normal(0, 1 / np.sqrt(n_features), (n_features, n_outputs))
        scale = np.maximum(features.std(0), SD_FLOOR * units)
        return cls(coef, np.zeros(n_outputs), features.mean(0), scale)

    def standardise(self, features: Array) -> Array:
        """Return the standardised features.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of the spikes.

        Returns
        -------
        z : ndarray of shape (n_samples, n_features)
            The features minus their mean, divided by their scale.
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
            Logits of classes, or predicted values.
        """
        return self.standardise(features) @ self.coef + self.intercept

    def vjp(
            self, features: Array, doutputs: Array,
            feedback: Array | None = None) -> tuple[Array, Array, Array]:
        """Return the gradients with respect to coefficients, intercepts and features.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Features of the spikes.
        doutputs : ndarray of shape (n_samples, n_outputs)
            Gradients with respect to the outputs.
        feedback : ndarray of shape (n_features, n_outputs) or None, default=None
            Weights of the backward pass, from the outputs to the features. None means ``coef``,
            which gives the true gradient.

        Returns
        -------
        dcoef : ndarray of shape (n_features, n_outputs)
            With respect to the coefficients, summed over samples.
        dintercept : ndarray of shape (n_outputs,)
            With respect to the intercepts, summed over samples.
        dfeatures : ndarray of shape (n_samples, n_features)
            With respect to the features.
        """
        weights = self.coef if feedback is None else feedback
        dfeatures = doutputs @ weights.T / self.scale
        return self.standardise(features).T @ doutputs, doutputs.sum(axis=0), dfeatures

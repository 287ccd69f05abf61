"""Regressor: a spiking network with a linear decoder of values."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from .._base import Array, atomic, available_if, consistent
from ..metrics import step_r2
from ._decoding import DecodingNetwork, outputs_at_steps
from ._documentation import with_network_parameters
from ._settings import property_of_rule
from ._streams import RegressorStream
from ._targets import ValueTargets


@with_network_parameters
class SNNRegressor(RegressorMixin, DecodingNetwork):  # type: ignore[misc]
    """Spiking neural network that predicts values by a linear decoder of its last layer's spikes.

    It predicts values of each sample, or of each step of recordings, such as the velocity of a hand
    from the spikes of a population.

    Surrogate gradients train weights, intrinsic parameters of the neurons and decoder together, and
    minimise the squared error. With ``rule=None`` the decoder is a ridge regression. Values are
    standardised during learning. Input is a raster of spikes (3-D), currents over time (3-D),
    constant currents (2-D), or anything that `encoder` takes.

    <groups>

    Parameters
    ----------
    <parameters>
    <running>

    Attributes
    ----------
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        Mean and standard deviation of y in training. They scale the output of the readout. The
        prediction of a constant y is its value.
    decoder_coef_ : ndarray of shape (n_neurons * n_filters, n_outputs)
        Coefficients of the standardised features of `readout_`: all features of the first neuron,
        then of the next.
    decoder_intercept_ : ndarray of shape (n_outputs,)
        Intercepts of the decoder.
    feature_mean_, feature_scale_ : ndarray of shape (n_neurons * n_filters,)
        Mean and scale that standardise these features, computed with the initial weights.
    <attributes>

    See Also
    --------
    SNNClassifier : The same network for classes.

    Notes
    -----
    The Tempotron and STDP learn classes and are not supported.

    With values for each step, the readout is `skspike.simulation.Leaky`. A recording is learned in
    pieces of at least 300 steps, after a warm-up in which the neurons forget that they started at
    rest. It is predicted as a whole, step by step, in memory that does not depend on its length. A
    prediction depends on the past alone, and equals that of a stream, bit for bit.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skspike import SNNRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = SNNRegressor(16, n_steps=30, alpha=30.0, max_iter=30, random_state=0)
    >>> round(model.fit(X[:300], y[:300]).score(X[300:], y[300:]), 2)
    0.47

    A value for each step: the mean of the last 20 steps of a signal.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(1, 4000)).cumsum(axis=1) % 7
    >>> y = np.convolve(x[0], np.ones(20) / 20)[np.newaxis, :4000]
    >>> model = SNNRegressor(32, max_iter=20, random_state=0).fit([x[:, :3000]], [y[:, :3000]])
    >>> (predicted,) = model.predict([x[:, 3000:]])
    >>> predicted.shape
    (1, 1000)
    >>> round(model.score([x[:, 3000:]], [y[:, 3000:]]), 2)
    0.84
    """

    _stream = RegressorStream
    _target_kind = ValueTargets()
    target_mean_: Array
    target_scale_: Array
    _flat: bool  # whether y of `fit`, or of the first chunk, has one dimension

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: y may have several columns, and the rule may score poorly."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = property_of_rule(self, "poor_score")
        return tags

    @atomic
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn weights, intrinsic parameters and readout.

        Parameters
        ----------
        <samples>
        y : array-like of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_outputs, \
n_steps), or list of array-like of shape (n_outputs, n_steps)
            Values of each sample, or of each step of 3-D input. NaN in a step means that its value
            is not known.
        <weights>

        Returns
        -------
        self : SNNRegressor
            The fitted regressor.

        Raises
        ------
        <errors>
        """
        return self._fit(X, y, sample_weight)

    @available_if(lambda self: property_of_rule(self, "learns_chunks", unknown=True))
    @atomic
    def partial_fit(
            self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Continue learning with one pass over new samples, in order, at constant learning rates.

        If `batch_size` divides the size of the chunks, and without a memory, the chunks give the
        same network as one chunk of all samples. The scales of values and initial weights, the
        readout, and whether trains are constant in time, are set on the first batch, which should
        represent the data. Mean and deviation of currents include all samples so far
        (`standardize`).

        Parameters
        ----------
        <chunk>
        y : array-like of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_outputs, \
n_steps), or list of array-like of shape (n_outputs, n_steps)
            Values, as in `fit`.
        <chunk weights>

        Returns
        -------
        self : SNNRegressor
            The fitted regressor.

        Raises
        ------
        <errors>
        """
        return self._fit(X, y, sample_weight, single_pass=True)

    @consistent
    def predict(self, X: ArrayLike) -> Array:
        """Return the values of each sample.

        Parameters
        ----------
        <input>

        Returns
        -------
        y : ndarray of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_outputs, \
n_steps), or list of ndarray of shape (n_outputs, n_steps)
            Values, in the shape of y in `fit`, or in the first call of `partial_fit`. Values of
            each step are float32, and a list if X is a list.

        Raises
        ------
        <input errors>
        """
        if self._each_step:
            predicted: Array = outputs_at_steps(self, X, np.transpose)
            return predicted
        values = self._outputs(X) * self.target_scale_ + self.target_mean_
        return values[:, 0] if self._flat else values

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination (r2) of the prediction.

        Parameters
        ----------
        <input>
        y : array-like of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_outputs, \
n_steps), or list of array-like of shape (n_outputs, n_steps)
            True values. Steps with NaN are left out.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples.

        Returns
        -------
        score : float
            The r2 over samples, or over all known steps, averaged over outputs. The best value is
            1. The mean of y scores 0.

        Raises
        ------
        NotFittedError
            If the network is not fitted.
        ValueError
            If X or y have not the form of the training data.
        """
        if self._each_step:
            return float(step_r2(y, self.predict(X), sample_weight=sample_weight))
        return float(super().score(X, y, sample_weight))

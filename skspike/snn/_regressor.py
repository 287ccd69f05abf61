"""The spiking network with a readout of values: a regressor."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from .._checks import check_real
from .._utils import Array, atomic, available_if, consistent
from ..learning import SquaredError, Target
from ._base import ReadoutMixin, SpikingNetwork
from ._parameters import documented
from ._running import checked
from ._settings import settings_of
from ._streams import RegressorStream


@documented
class SNNRegressor(RegressorMixin, ReadoutMixin, SpikingNetwork):
    """Spiking neural network that predicts values by a linear readout of its last layer's spikes.

    Surrogate gradients train weights, intrinsic parameters of the neurons and readout together,
    towards the least squared error; without a rule the readout is a ridge regression. Values are
    standardised while it learns. 3-D input is a raster of spikes; 2-D input is constant currents
    held for `n_steps` (direct coding), or whatever `encoder` takes.

    Parameters
    ----------
    <parameters>
    <running>

    Attributes
    ----------
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        Mean and deviation of y in training, in whose units the readout works.
    readout_coef_ : ndarray of shape (n_neurons * n_filters, n_outputs)
        Coefficients of what `readout_` sees, standardised: all its features of the first neuron,
        then those of the next.
    readout_intercept_ : ndarray of shape (n_outputs,)
        Intercepts of the readout.
    count_mean_, count_scale_ : ndarray of shape (n_neurons * n_filters,)
        What these are standardised with: their mean and floored deviation under the initial
        weights.
    <attributes>

    See Also
    --------
    SNNClassifier : The same network for classes.

    Notes
    -----
    The Tempotron and STDP learn classes, and are refused.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skspike import SNNRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), SNNRegressor(16, n_steps=30, alpha=30.0, max_iter=30, random_state=0))
    >>> bool(model.fit(X[:300], y[:300]).score(X[300:], y[300:]) > 0.35)
    True
    """

    _stream = RegressorStream

    def __sklearn_tags__(self):
        """Return the estimator tags: there may be several values."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    @atomic
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn weights, intrinsic parameters and readout.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Spike raster of 0 and 1, or currents; with an encoder whatever it takes. Sparse features
            are written out, as by `SpikeEncoder`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Values.

        Returns
        -------
        self : SNNRegressor
            The fitted regressor.
        """
        settings, given = self._settings(settings_of(self)), (X, y)
        X, y = self._checked(X, y, reset=True)
        if not (self.warm_start and hasattr(self, "weights_")):
            self._set_scale(y)
        self._learn(X, self._target(y), settings, given)
        return self

    @available_if(lambda self: self._tag("streams", unknown=True))  # of which settings_of tells
    @atomic
    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Go on learning with one pass over new samples, in their order, at constant learning rates.

        Chunks whose size `batch_size` divides give what one chunk of them all gives. What is set on
        data, the scale of values and of initial weights, and the readout, is set on the first
        batch: let it hold a bit of everything.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            The next samples; an encoder keeps the range that it has seen first.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Values.

        Returns
        -------
        self : SNNRegressor
            The fitted regressor.
        """
        settings = self._settings(self._settings_once())
        first = not hasattr(self, "weights_")
        given = (X, y)
        X, y = self._checked(X, y, reset=first)
        if first:
            self._set_scale(y[: settings.batch_size])
        self._learn(X, self._target(y), settings, given, once=True)
        return self

    def _settings(self, settings):
        if settings.rule.only_classes:
            raise ValueError(
                f"{type(settings.rule).__name__} learns classes, not values: use rule='surrogate' "
                "or rule=None.")
        return settings

    def _checked(self, X, y, reset):
        X, y = checked(self, X, y, reset=reset, multi_output=True, y_numeric=True)
        return X, check_real(y, f"y of {type(self).__name__}")

    def _set_scale(self, y):
        y = y.reshape(len(y), -1).astype(float)
        _, power = np.frexp(np.abs(y).max(axis=0))
        # the same bits near 1, whose squares neither overflow nor vanish
        unit = np.ldexp(y, -power)
        mean, scale = np.ldexp(unit.mean(axis=0), power), np.ldexp(unit.std(axis=0), power)
        self.target_mean_, self.target_scale_ = mean, np.where(scale > 0, scale, 1.0)

    def _target(self, y):
        self._flat, y = y.ndim == 1, y.reshape(len(y), -1)
        if y.shape[1] != len(self.target_mean_):
            raise ValueError(
                f"y must have the {len(self.target_mean_)} columns of the previous fit, got "
                f"{y.shape[1]}.")
        y = (y - self.target_mean_) / self.target_scale_
        return Target(y, np.ones(len(y)), SquaredError, y.shape[1])

    @consistent
    def predict(self, X: ArrayLike) -> Array:
        """Return the values of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input of the kind seen in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Values, in the shape of those in `fit`.
        """
        outputs = self._outputs(X)
        values = outputs * self.target_scale_ + self.target_mean_
        return values[:, 0] if self._flat else values

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination of the prediction, r2; 1 is best, and the mean of y has 0.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Input of the kind seen in `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True values.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples.

        Returns
        -------
        score : float
            The r2, averaged over outputs.
        """
        return super().score(X, y, sample_weight)

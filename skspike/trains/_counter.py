"""Spike counts of channels in windows of time."""

from typing import Self

from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin

from .._base import Array, Estimator, Ragged, atomic, check_input, consistent, map_samples, one_task
from ._raster_features import (
    RasterFeaturesMixin, as_raster, check_windows, counts, raster_of, window_names)


class SpikeCounter(RasterFeaturesMixin, TransformerMixin, Estimator):
    """Count the spikes of each channel in windows of time.

    The counts are features for any estimator of scikit-learn, and the baseline for methods that use
    more of a raster. One window gives firing rates. Several windows show how rates change in time.

    Parameters
    ----------
    n_windows : int, default=1
        Number of windows, from 1 to the number of steps. Their lengths differ by at most one step.
        Windows of samples of unequal length are the same fractions of each sample.

    Attributes
    ----------
    n_windows_ : int
        Number of windows in `fit`.
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    n_steps_in_ : int or None
        Length of the series in `fit`. None if lengths differ.
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    LZCTransformer : Complexity instead of counts.

    Notes
    -----
    Window k has the steps from ``n_steps * k // n_windows`` up to ``n_steps * (k + 1) //
    n_windows``, exclusive. Series of another length than in `fit` are refused, because their counts
    are not comparable. Each row of 2-D input is one series, which is binarised at its median as in
    `LZCTransformer`.

    Samples of unequal length are counted over their own length. Longer samples have more spikes:
    pass their lengths as a further feature, or divide by them, if the classifier should tell
    duration from rate.

    Examples
    --------
    >>> from skspike import SpikeCounter
    >>> raster = [[[1, 1, 0, 1, 0], [0, 0, 0, 1, 1]]]
    >>> counter = SpikeCounter(n_windows=2).fit(raster)
    >>> counter.transform(raster)
    array([[2., 1., 0., 2.]])
    >>> counter.get_feature_names_out()
    array(['count_x0_w0', 'count_x0_w1', 'count_x1_w0', 'count_x1_w1'],
          dtype=object)
    """

    def __init__(self, n_windows: int = 1):
        self.n_windows = n_windows

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the shape of the input.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Spike rasters of 0 and 1, or one series per row. Samples of unequal length are a list or
            an object array of arrays (n_channels, n_steps) or (n_steps,).
        y : None, default=None
            Ignored.

        Returns
        -------
        self : SpikeCounter
            The fitted transformer.

        Raises
        ------
        ValueError
            If there are more windows than steps, or 3-D input has values other than 0 and 1.
        """
        X = check_input(self, X, reset=True)
        self.n_windows_ = check_windows(self.n_windows, X)
        self.n_steps_in_ = None if isinstance(X, Ragged) else X.shape[-1]
        as_raster(X, type(self).__name__)
        return self

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Return the spike counts of each channel and window.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Input with the same number of dimensions, channels and steps as in `fit`. After a `fit`
            on samples of unequal length, any length.

        Returns
        -------
        counts : ndarray of shape (n_samples, n_channels * n_windows), float64
            All windows of the first channel, then of the next.

        Raises
        ------
        ValueError
            If the shape of the input differs from `fit`, or 3-D input has values other than 0 and
            1.
        """
        raster = raster_of(self, X)
        return map_samples(
            lambda raster: counts(raster, self.n_windows_).reshape(len(raster), -1).astype(float),
            raster, lambda shape: len(raster))

    def _feature_names(self, channels):
        """Return the names of the features, given the names of the channels."""
        names = ["count"] if self._n_dims_in == 2 else [f"count_{channel}" for channel in channels]
        return window_names(names, self.n_windows_)

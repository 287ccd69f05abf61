"""Spike trains to their counts, for whatever decides on numbers.

    count of channel c in window k = sum_t raster[c, t],    t from n_steps k // n_windows up to
    n_steps (k + 1) // n_windows
"""

from typing import Self

from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin

from .._checks import check_input
from .._utils import Array, Estimator, atomic, consistent, one_task
from ._windows import RasterFeaturesMixin, as_raster, check_windows, counts, raster_of, window_names


class SpikeCounter(RasterFeaturesMixin, TransformerMixin, Estimator):
    """Turn spike trains into the numbers of their spikes, one for each channel and window of time.

    What any of scikit-learn's estimators reads from a raster, and the control for all that claims
    to read more of it: with one window the rates alone, with more of them their course in time.

    Parameters
    ----------
    n_windows : int, default=1
        Windows into which the trains are cut, at most one for each step. Lengths that it does not
        divide give windows of two lengths, one step apart.

    Attributes
    ----------
    n_windows_ : int
        The number of windows, as `fit` found it.
    n_features_in_ : int
        Channels of 3-D input; series length of 2-D input.
    n_steps_in_ : int
        Series length seen in `fit`.
    n_dims_in_ : int
        Dimensions of the input seen in `fit`, 2 or 3.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the input's columns, if it had names.

    See Also
    --------
    LZCTransformer : Complexity in place of counts.

    Notes
    -----
    Windows begin and end at ``n_steps * k // n_windows`` for k from 0 to `n_windows`. Other lengths
    than in `fit` are refused, for their counts do not compare. In 2-D input each row is one series,
    and becomes 0 and 1 by its own median, as in `LZCTransformer`.

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
        """Learn the shape of the input; nothing else is learned.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or single series.
        y : None, default=None
            Ignored.

        Returns
        -------
        self : SpikeCounter
            The fitted transformer.

        Raises
        ------
        ValueError
            If there are more windows than steps, or 3-D input holds values other than 0 and 1.
        """
        X = check_input(self, X, reset=True)
        self.n_windows_ = check_windows(self.n_windows, X.shape)
        self.n_steps_in_ = X.shape[-1]
        as_raster(X, type(self).__name__)
        return self

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Count the spikes of each channel and window.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        counts : ndarray of shape (n_samples, n_channels * n_windows), float64
            Of each channel all windows in their order, then those of the next.

        Raises
        ------
        ValueError
            If the input is of another shape than in `fit`, or 3-D input holds values other than 0
            and 1.
        """
        raster = raster_of(self, X)
        return counts(raster, self.n_windows_).reshape(len(raster), -1).astype(float)

    def _feature_names(self, channels):
        """Return the names of the features, given those of the channels."""
        names = ["count"] if self.n_dims_in_ == 2 else [f"count_{channel}" for channel in channels]
        return window_names(names, self.n_windows_)

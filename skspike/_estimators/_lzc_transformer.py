"""Complexity of spike trains as features."""

from typing import Self

from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin

from .._utils import Array, atomic, consistent, one_task
from ._complexity import ComplexityFeatures, features_of, with_complexity_options
from ._windows import RasterFeaturesMixin, raster_of


@with_complexity_options
class LZCTransformer(RasterFeaturesMixin, TransformerMixin, ComplexityFeatures):
    """Compute the complexity of spike trains, by default Lempel-Ziv complexity.

    ``measure="lz76"`` cuts a train into words, each the shortest text that did not occur before.
    The complexity is their number c, normalised c log2(n) / n for n steps. For C channels together,
    each step is one symbol, the pattern of spikes over channels, and the normalised complexity is
    c log2(n) / (C n). See `skspike.complexity` for the other measures.

    Parameters
    ----------
    <parameters>

    Attributes
    ----------
    <attributes>

    See Also
    --------
    LZCClassifier : The same features with a classifier.
    SpikeCounter : Spike counts.
    skspike.complexity.LZ76 : Lempel-Ziv complexity.
    skspike.complexity.Measure : Base of the measures.

    Notes
    -----
    Complexity is confounded with the spike count: trains with different firing rates have different
    complexity. Compare results with the counts alone (`SpikeCounter`). ``measure="lz76",
    normalize="entropy"`` removes most of the effect of the rate, unless there are few spikes.

    The complexity of short series is biased upwards, even if it is normalised, so that only series
    of equal length are comparable. Other lengths than in `fit` are refused.

    Each row of 2-D input is one series, which is binarised at its median m: ``x > m``, or ``x >=
    m`` if m is the maximum of the row. Rows of 0 and 1 do not change.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on
    Information Theory 22, 75-81.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import LZCTransformer
    >>> regular = np.tile([0, 1], 32)
    >>> irregular = np.random.default_rng(0).permutation(regular)
    >>> raster = np.array([[regular, irregular]])
    >>> lzc = LZCTransformer(normalize=False, with_counts=True).fit(raster)
    >>> lzc.transform(raster)
    array([[ 3., 14., 32., 32.]])
    >>> lzc.get_feature_names_out()
    array(['lz76_x0', 'lz76_x1', 'count_x0', 'count_x1'], dtype=object)
    """

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the shape of the input.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or one series per row.
        y : None, default=None
            Ignored.

        Returns
        -------
        self : LZCTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            If 3-D input has values other than 0 and 1, an option is unknown, the measure does not
            have this normalisation, or there are more windows than steps.

        Warns
        -----
        UserWarning
            If series or windows are too short for the measure, nearly all columns are unique with
            ``channels="joint"``, or 2-D input looks like a table whose columns have different
            units.
        """
        self._fit_input(X)
        return self

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Compute the complexity of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out), float64
            Complexities, then counts. Each in the order of channels, with all windows of a channel
            in a row.

        Raises
        ------
        ValueError
            If the shape of the input differs from `fit`, or 3-D input has values other than 0 and
            1.
        """
        return features_of(self, raster_of(self, X, self.n_jobs))

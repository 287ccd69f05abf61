"""The third stage of a pipeline: spike trains to their complexity."""

from typing import Self

from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin

from .._utils import Array, atomic, consistent, one_task
from ._complexity import ComplexityFeatures, documented, features_of
from ._windows import RasterFeaturesMixin, raster_of


@documented
class LZCTransformer(RasterFeaturesMixin, TransformerMixin, ComplexityFeatures):
    """Turn spike trains into their complexity, by default that of Lempel and Ziv.

    With ``measure="lz76"`` a train is cut into words, each the shortest text not seen before. Their
    number c is the complexity; normalised by the number of steps n it is c log2(n) / n, and over
    all C channels together, with each time step's column as one symbol, c log2(n) / (C n). What
    other measures are is told at `skspike.complexity.BlockEntropy` and its neighbours.

    Parameters
    ----------
    <parameters>

    Attributes
    ----------
    <attributes>

    See Also
    --------
    LZCClassifier : The same features with a classifier behind.
    SpikeCounter : Counts alone.
    skspike.complexity.lz76 : The complexity itself, as a function.
    skspike.complexity.Measure : Base of the measures.

    Notes
    -----
    Three things to know about this number. It is confounded with the spike count: trains of
    different rate differ in complexity whatever their structure, so compare with what `with_counts`
    alone tells; ``measure="lz76", normalize="entropy"`` removes most of that difference unless
    spikes are few. It is biased upwards in short series even when normalised. Therefore only equal
    lengths compare, and other lengths than in `fit` are refused.

    In 2-D input each row is one series, and becomes 0 and 1 by its own median m: ``x > m``, or ``x
    >= m`` where m is the row's maximum. That leaves a row of 0 and 1 as it is.

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
        """Learn the shape of the input; nothing else is learned.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or single series.
        y : None, default=None
            Ignored.

        Returns
        -------
        self : LZCTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            If 3-D input holds values other than 0 and 1, an option is unknown, the measure has no
            such normalisation, or there are more windows than steps.

        Warns
        -----
        UserWarning
            If series or windows are too short for the measure, nearly every column of
            ``channels="joint"`` is unique, or rows of 2-D input look like those of a table, whose
            columns have different units.
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
            Complexities, then counts; of each channel all windows in their order, then those of the
            next.

        Raises
        ------
        ValueError
            If the input is of another shape than in `fit`, or 3-D input holds values other than 0
            and 1.
        """
        return features_of(self, raster_of(self, X))

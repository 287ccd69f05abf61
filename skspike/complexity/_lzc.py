"""Complexity of spike trains as features, and classification by it."""

import itertools
import math
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from .._base import (
    Array, Estimator, FillsMissing, InnerClassifierMixin, Normalize, Ragged, atomic, check_input,
    check_jobs, check_kinds, check_option, choices, consistent, decide, map_samples, one_task,
    part_bounds, resolve, sections, takes_columns, warn, warn_if_table, with_sections)
from ..trains import (
    RasterFeaturesMixin, as_raster, check_windows, counts, raster_of, shortest_length, window_names)
from . import MEASURES
from ._measure import Measure
from ._symbols import n_columns

GROUP_SIZE = 2**18  # steps that are measured at a time. A call takes as long as 2000 steps.
SATURATED = 0.9  # fraction of unique columns above which the joint complexity is not informative


class ComplexityFeatures(FillsMissing, Estimator):
    """Base class of the complexity estimators. Their docstrings contain the sections below.

    Parameters
    ----------
    measure : <measures> or Measure, default="lz76"
        Complexity measure, by name or as an object from `skspike.complexity`, which carries
        parameters.
    normalize : bool or "entropy", default=True
        False: the value of the measure, such as the number of words. True: the normalised value,
        for most measures in bits per step (and channel). "entropy": divide it by the entropy of the
        firing rate of each train ("joint": by the mean over channels), so that random trains with
        different rates have similar values. Trains with no spike or a spike in every step get 0.
        "entropy" is not available for measures that the entropy does not bound.
    channels : {"each", "joint", "mean"}, default="each"
        "each": one feature for each channel. "joint": one feature for all channels together.
        "mean": the mean over channels. All are equal for 2-D input.
    with_counts : bool, default=False
        Append the spike count of each channel, or the mean count over channels for "mean", for
        comparison with complexity.
    n_windows : int, default=1
        Number of windows into which series are cut, from 1 to the number of steps. Their lengths
        differ by at most one step. Each feature is computed in each window, which shows how
        complexity changes in time. Short windows give less reliable values. Windows of samples of
        unequal length are the same fractions of each sample.
    <missing>
        The series are the rows of 2-D input. Spike trains (3-D input) have no values that could be
        filled, and their missing values are refused.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it.

    Attributes
    ----------
    measure_ : Measure
        The complexity measure.
    normalize_, channels_, with_counts_, n_windows_ : bool, str or int
        Values of the parameters in `fit`.
    <filled>
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
    """

    _plugins = {"measure": MEASURES}
    _rows_are_series = True

    def __init__(
            self, measure: str | Measure = "lz76", *, normalize: Normalize = True,
            channels: str = "each", with_counts: bool = False, n_windows: int = 1,
            missing: str | None = None, n_jobs: int | None = None):
        self.measure = measure
        self.normalize = normalize
        self.channels = channels
        self.with_counts = with_counts
        self.n_windows = n_windows
        self.missing = missing
        self.n_jobs = n_jobs

    def _is_raster(self, X, reset):
        """Return whether X is spike trains: series without an axis of channels are binarised."""
        return not (isinstance(X, Ragged) and X.flat)

    def _fit_input(self, X, y="no_validation", **options):
        """Check X, y and the parameters, and return the raster and y, or None."""
        given = check_input(self, X, y, reset=True, **options)
        X, y = given if isinstance(given, tuple) else (given, None)
        check_option(self.channels, "channels", ("each", "joint", "mean"))
        check_option(self.with_counts, "with_counts", (True, False))
        n_jobs = check_jobs(self.n_jobs)
        self.measure_ = resolve(self.measure, MEASURES, "measure")
        self.measure_.check()
        self.measure_.check_normalize(self.normalize)
        self.normalize_ = self.normalize
        self.channels_ = self.channels
        self.with_counts_ = self.with_counts
        self.n_windows_ = check_windows(self.n_windows, X)
        if X.ndim == 2:
            warn_if_table(X, type(self).__name__)
        self.n_steps_in_ = None if isinstance(X, Ragged) else X.shape[-1]
        raster = as_raster(X, type(self).__name__, n_jobs)
        self._warn_if_uninformative(raster, shortest_length(X) // self.n_windows_)
        return raster, y

    def _warn_if_uninformative(self, raster, n_steps):
        """Warn if values of windows of this length are equal, or of joint channels too similar."""
        if n_steps < self.measure_.min_steps:
            warn(
                f"{self.measure_!r} has the same value for all series of {n_steps} steps and needs "
                f"at least {self.measure_.min_steps}. Use longer series, fewer windows or another "
                "measure.")
        if self.channels_ == "joint" and raster.shape[1] > 1:
            first = raster[..., :n_steps] if isinstance(raster, np.ndarray) else np.stack(
                [sample[:, :n_steps] for sample in raster])
            unique = np.median(n_columns(first)) / n_steps
            if unique > SATURATED:
                warn(
                    f"channels='joint' is saturated: {unique:.0%} of the {n_steps} columns of a "
                    "typical sample are unique, so that nearly every step is a word. Use fewer "
                    "channels, fewer windows, longer series, or channels='each'.")

    def _feature_names(self, channels):
        """Return the names of the features, given the names of the channels."""
        if self._n_dims_in == 2:
            measured, counted = [""], [""]
        elif self.channels_ == "mean":
            measured, counted = ["_mean"], ["_mean"]
        else:
            counted = [f"_{channel}" for channel in channels]
            measured = ["_joint"] if self.channels_ == "joint" else counted
        names = [f"{self.measure_.name}{end}" for end in measured] + [
            f"count{end}" for end in counted if self.with_counts_]
        return window_names(names, self.n_windows_)


with_complexity_options = with_sections(
    **sections(ComplexityFeatures), measures=choices(MEASURES),
    missing=sections(FillsMissing)["parameters"], filled=sections(FillsMissing)["attributes"])


def features_of(fitted, X):
    """Return the features, (n_samples, n_features), of X for a fitted estimator."""
    return _features(fitted, raster_of(fitted, X, fitted.n_jobs))


def _features(fitted, raster):
    """Return the features of a raster."""
    check_kinds({"measure_": (fitted.measure_, Measure)})
    fitted.measure_.check()
    return map_samples(
        lambda raster: _window_features(fitted, raster), raster,
        lambda shape: GROUP_SIZE // math.prod(shape), check_jobs(fitted.n_jobs))


def _window_features(fitted, raster):
    """Return the features of a group of rows."""
    measured = fitted.measure_.joint if fitted.channels_ == "joint" else fitted.measure_.each
    windows = itertools.pairwise(part_bounds(raster.shape[-1], fitted.n_windows_))
    values = np.stack(
        [measured(raster[..., start:stop], fitted.normalize_) for start, stop in windows], axis=-1)
    blocks = [values[:, np.newaxis] if fitted.channels_ == "joint" else values]
    if fitted.with_counts_:
        blocks.append(counts(raster, fitted.n_windows_))
    if fitted.channels_ == "mean":
        blocks = [block.mean(axis=1, keepdims=True) for block in blocks]
    return np.hstack(
        [block.reshape(len(raster), -1) for block in blocks]).astype(np.float64, copy=False)


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
        return features_of(self, X)


def _default_estimator():
    """Return the classifier for ``estimator=None``."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


@with_complexity_options
class LZCClassifier(InnerClassifierMixin, ComplexityFeatures):
    """Classify spike trains by their complexity, by default Lempel-Ziv complexity.

    The features of `LZCTransformer` are the input of a classifier, by default linear discriminant
    analysis with shrinkage.

    Parameters
    ----------
    <parameters>
    estimator : classifier, default=None
        Classifier of the features, which is cloned. None:
        ``LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")``. It standardises features to
        estimate the shrinkage, so that complexities and counts can be combined, but it ignores
        features that are constant within each class. ``NearestCentroid()`` does not ignore these.
        Use a pipeline with a scaler for classifiers that need one. A classifier that takes labels
        in several columns, such as ``RandomForestClassifier()``, takes them here too.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of these
        Class labels, in the form of `estimator`.
    estimator_ : classifier
        The fitted classifier.
    <attributes>

    See Also
    --------
    LZCTransformer : The features and their names, for pipelines.
    SpikeTrainClassifier : Models of the trains of each class, which are more accurate.

    Notes
    -----
    Complexity is one number per train, which does not depend on the class. `SpikeTrainClassifier`
    learns which patterns are frequent in each class, and is more accurate on most tasks.

    Complexity is confounded with the spike count: compare the result with a classifier on counts
    (`SpikeCounter`). The complexity of short series is biased upwards, even if it is normalised, so
    that only series of equal length are comparable. Other lengths than in `fit` are refused. See
    `LZCTransformer` for how 2-D input becomes 0 and 1.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on
    Information Theory 22, 75-81.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import LZCClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 20)
    >>> rates = np.where(y, 0.4, 0.1)[:, np.newaxis, np.newaxis]
    >>> raster = (rng.random((40, 3, 200)) < rates).astype(np.uint8)
    >>> LZCClassifier().fit(raster[::2], y[::2]).score(raster[1::2], y[1::2])
    1.0
    """

    _plugins = {**ComplexityFeatures._plugins, "estimator": {None: _default_estimator}}
    _takes_columns = True

    def __init__(
            self, measure: str | Measure = "lz76", *, normalize: Normalize = True,
            channels: str = "each", with_counts: bool = False, n_windows: int = 1,
            missing: str | None = None, n_jobs: int | None = None, estimator: Any = None):
        super().__init__(
            measure, normalize=normalize, channels=channels, with_counts=with_counts,
            n_windows=n_windows, missing=missing, n_jobs=n_jobs)
        self.estimator = estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # scikit-learn's checks classify rows of few numbers, whose complexity is not informative
        tags.classifier_tags.poor_score = True
        return tags

    def _decide(self, method, X):
        """Return the result of a method of the fitted classifier for X."""
        features = features_of(self, X)  # raises if the classifier is not fitted
        return decide(self.estimator_, method, features)

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the classifier on the features of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or one series per row.
        y : array-like of shape (n_samples,), or (n_samples, n_columns) if `estimator` takes it
            Class labels, with at least two classes.
        **fit_params : dict
            Arguments for the ``fit`` of `estimator`, such as ``sample_weight``. The default
            classifier takes none: use ``estimator=LogisticRegression()`` for weights. With
            scikit-learn's metadata routing, `estimator` must request them.

        Returns
        -------
        self : LZCClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If there is only one class, 3-D input has values other than 0 and 1, an option is
            unknown, the measure does not have this normalisation, or there are more windows than
            steps.
        TypeError
            If `estimator` is not a classifier, or its ``fit`` does not take `fit_params`.

        Warns
        -----
        UserWarning
            As in `LZCTransformer.fit`.
        """
        self._check_template()
        fit_params = self._routed(fit_params)
        raster, y = self._fit_input(X, y, multi_output=takes_columns(self._template()))
        y = self._checked_classes(y)
        self.estimator_ = clone(self._template()).fit(_features(self, raster), y, **fit_params)
        self.classes_ = self.estimator_.classes_
        return self

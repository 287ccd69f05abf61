"""Lempel-Ziv complexity as features, and as a classifier.

raster (n_samples, n_channels, n_steps) -> words of each channel, or of all together -> features -> class
"""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ._plugins import resolve
from ._validation import atomic, check_input, check_option, check_raster, consistent
from .complexity import MEASURES, column_symbols
from .complexity._base import NORMALIZATIONS

_SATURATED = 0.9  # share of unique columns above which the joint complexity says little


class _LZCFeatures:
    """From input to features: what the transformer and the classifier share."""

    def _fit_input(self, X, y="no_validation"):
        """Check X, y and the parameters, and return the raster, with y if it is given."""
        given = check_input(self, X, y, reset=True)
        X, y = given if isinstance(given, tuple) else (given, None)
        check_option(self.channels, "channels", ("each", "joint", "mean"))
        check_option(self.normalize, "normalize", NORMALIZATIONS)
        check_option(self.with_counts, "with_counts", (True, False))
        self.measure_ = resolve(self.measure, MEASURES, "measure")
        self.n_steps_in_ = X.shape[-1]
        raster = _as_raster(X, type(self).__name__)
        if self.channels == "joint":
            _warn_if_saturated(raster)
        return raster, y

    def _input(self, X):
        """Check X against what was fitted, and return the raster."""
        check_is_fitted(self)
        X = check_input(self, X, reset=False)
        name = type(self).__name__
        if X.shape[-1] != self.n_steps_in_:
            raise ValueError(
                f"{name} was fitted on series of {self.n_steps_in_} steps and got {X.shape[-1]}: complexity depends on the length. "
                "Cut or pad all series to the same length."
            )
        return _as_raster(X, name)

    def _features(self, raster):
        """Return the features (n_samples, n_features) of a raster."""
        measure, normalize = self.measure_, self.normalize
        blocks = [measure.joint(raster, normalize)[:, np.newaxis] if self.channels == "joint" else measure.each(raster, normalize)]
        if self.with_counts:
            blocks.append(raster.sum(axis=-1))
        if self.channels == "mean":
            blocks = [block.mean(axis=1, keepdims=True) for block in blocks]
        return np.hstack(blocks).astype(np.float64, copy=False)

    def _feature_names(self, channels):
        """Return the names of the features, given those of the channels."""
        if self.n_dims_in_ == 2:
            words, counts = [""], [""]
        elif self.channels == "mean":
            words, counts = ["_mean"], ["_mean"]
        else:
            counts = [f"_{channel}" for channel in channels]
            words = ["_joint"] if self.channels == "joint" else counts
        names = [f"{self.measure_.name}{end}" for end in words] + [f"count{end}" for end in counts if self.with_counts]
        return np.asarray(names, dtype=object)


def _as_raster(X, name):
    """Return X as a raster; each row of 2-D input becomes a sample of one channel."""
    return check_raster(X, name) if X.ndim == 3 else _binarize(X)[:, np.newaxis]


def _binarize(X):
    """Return where each row is above its median, as uint8.

    A median that is the row's maximum counts as above, or such rows would be empty. So a 0/1 row stays as it is; the row of zeros,
    whose maximum is its median too, does so by exception.
    """
    middle = np.median(X, axis=1, keepdims=True)
    at_top = (middle == X.max(axis=1, keepdims=True)) & X.any(axis=1, keepdims=True)
    return ((X > middle) | (at_top & (X == middle))).astype(np.uint8)


def _warn_if_saturated(raster):
    """Warn if nearly every column of the typical sample is unique."""
    n_steps = raster.shape[-1]
    unique = np.median(column_symbols(raster).max(axis=1) + 1) / n_steps
    if raster.shape[1] > 1 and unique > _SATURATED:
        warnings.warn(
            f"channels='joint' is saturated: {unique:.0%} of the {n_steps} columns of a typical sample are unique, so that nearly every "
            "step is a word whatever the spikes do. Use fewer channels or longer series, or channels='each'.",
            UserWarning,
            stacklevel=5,
        )


class LZCTransformer(_LZCFeatures, TransformerMixin, BaseEstimator):
    """Turn spike trains into their Lempel-Ziv complexity.

    A train is cut into words, each the shortest text not seen before. Their number c is the complexity; normalised by the number of
    steps n it is c log2(n) / n, and over all C channels together, with each time step's column as one symbol, c log2(n) / (C n).

    Parameters
    ----------
    measure : {"lz76", "lz78"} or Measure, default="lz76"
        How words are cut: the name of a measure in `skspike.complexity`, or such an object.
    normalize : bool or "entropy", default=True
        True: return the normalised complexity, in bits per step (and channel), instead of the number of words. "entropy": divide
        that by the entropy of each train's own rate ("joint": by its mean over the channels), so that random trains of different
        rates compare; 0 for a train with a spike in no or every step.
    channels : {"each", "joint", "mean"}, default="each"
        One feature for each channel; or one for all channels together; or one, the mean over channels. For 2-D input they agree.
    with_counts : bool, default=False
        Append the spike count of each channel, or, for "mean", the mean count over channels, as the control for the complexity.

    Attributes
    ----------
    measure_ : Measure
        The measure in use.
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
    LZCClassifier : The same features with a classifier behind.
    skspike.complexity.lz76 : The complexity itself, as a function.

    Notes
    -----
    Three things to know about this number. It is confounded with the spike count: trains of different rate differ in complexity
    whatever their structure, so compare with what `with_counts` alone tells; ``measure="lz76", normalize="entropy"`` removes most of
    that difference unless spikes are few. It is biased upwards in short series even when normalised. Therefore only equal lengths
    compare, and other lengths than in `fit` are refused.

    In 2-D input each row is one series, and becomes 0 and 1 by its own median m: ``x > m``, or ``x >= m`` where m is the row's
    maximum. That leaves a row of 0 and 1 as it is.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on Information Theory 22, 75-81.

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

    def __init__(self, measure="lz76", *, normalize=True, channels="each", with_counts=False):
        self.measure = measure
        self.normalize = normalize
        self.channels = channels
        self.with_counts = with_counts

    @atomic
    def fit(self, X, y=None):
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
            If 3-D input holds values other than 0 and 1, or an option is unknown.
        """
        self._fit_input(X)
        return self

    @consistent
    def transform(self, X):
        """Compute the complexity of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out), float64
            Complexities, then counts.

        Raises
        ------
        ValueError
            If the input is of another shape than in `fit`, or 3-D input holds values other than 0 and 1.
        """
        return self._features(self._input(X))

    @consistent
    def get_feature_names_out(self, input_features=None):
        """Name the features by measure and channel, as in ``lz76_x0``.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the channels, ``x0``, ``x1``, ... if None. For 2-D input they are only checked.

        Returns
        -------
        names : ndarray of str objects
            Names of the columns that `transform` returns.
        """
        check_is_fitted(self)
        if input_features is None:
            return self._feature_names([f"x{i}" for i in range(self.n_features_in_)])
        if hasattr(self, "feature_names_in_") and not np.array_equal(input_features, self.feature_names_in_):
            raise ValueError("input_features is not equal to feature_names_in_")
        if len(input_features) != self.n_features_in_:
            raise ValueError(
                f"input_features should have length equal to number of features ({self.n_features_in_}), got {len(input_features)}"
            )
        return self._feature_names(input_features)


def _inner_has(method):
    """Tell whether the classifier that decides has a method; if not, its own AttributeError says so."""

    def check(self):
        getattr(self.estimator_ if hasattr(self, "estimator_") else self._template(), method)
        return True

    return check


def _default_estimator():
    """Return the classifier that stands for None."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


class LZCClassifier(_LZCFeatures, ClassifierMixin, BaseEstimator):
    """Classify spike trains by their Lempel-Ziv complexity.

    The features of `LZCTransformer` go to a classifier, by default linear discriminant analysis with shrinkage.

    Parameters
    ----------
    measure : {"lz76", "lz78"} or Measure, default="lz76"
        How words are cut: the name of a measure in `skspike.complexity`, or such an object.
    normalize : bool or "entropy", default=True
        True: use the normalised complexity, in bits per step (and channel), instead of the number of words. "entropy": divide that by
        the entropy of each train's own rate, as in `LZCTransformer`.
    channels : {"each", "joint", "mean"}, default="each"
        One feature for each channel; or one for all channels together; or one, the mean over channels.
    with_counts : bool, default=False
        Append the spike count of each channel (for "mean", the mean count).
    estimator : classifier, default=None
        What decides; a clone is fitted. None stands for ``LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")``, which
        standardises the features where it estimates the shrinkage, so that complexities and counts may stand side by side. It
        needs some spread within the classes: features that are constant in every class tell it nothing. ``NearestCentroid()``
        does without, and gives the nearest-class-mean rule. Put a scaler before a classifier that needs one.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : classifier
        The fitted classifier.
    measure_ : Measure
        The measure in use.
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
    LZCTransformer : The features alone, for a pipeline.

    Notes
    -----
    Complexity is confounded with the spike count, so a result means something only beside that of a classifier on the counts. It
    is biased upwards in short series even when normalised, and only equal lengths compare; other lengths than in `fit` are
    refused. How 2-D input becomes 0 and 1 is told at `LZCTransformer`.

    References
    ----------
    Lempel, A. and Ziv, J. (1976). On the complexity of finite sequences. IEEE Transactions on Information Theory 22, 75-81.

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

    def __init__(self, measure="lz76", *, normalize=True, channels="each", with_counts=False, estimator=None):
        self.measure = measure
        self.normalize = normalize
        self.channels = channels
        self.with_counts = with_counts
        self.estimator = estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # the complexity of a handful of numbers tells nothing about them
        return tags

    def set_params(self, **params):
        """Set parameters; one of ``estimator`` while that is None first puts the default classifier in its place.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        self : LZCClassifier
            The classifier.
        """
        if params.get("estimator", self.estimator) is None and any(name.startswith("estimator__") for name in params):
            params["estimator"] = _default_estimator()
        return super().set_params(**params)

    def _decide(self, method, X):
        """Return what a method of the fitted classifier says about X."""
        raster = self._input(X)
        return getattr(self.estimator_, method)(self._features(raster))

    def _template(self):
        """Return the classifier of which a clone is fitted."""
        return _default_estimator() if self.estimator is None else self.estimator

    @atomic
    def fit(self, X, y):
        """Fit the classifier on the features of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or single series.
        y : array-like of shape (n_samples,)
            Class labels, of two classes at least.

        Returns
        -------
        self : LZCClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If there is one class only, 3-D input holds values other than 0 and 1, or an option is unknown.
        """
        raster, y = self._fit_input(X, y)
        check_classification_targets(y)
        n_classes = len(np.unique(y))
        if n_classes < 2:
            raise ValueError(f"LZCClassifier needs samples of at least 2 classes, got {n_classes} class in n_samples = {len(y)}.")
        self.estimator_ = clone(self._template()).fit(self._features(raster), y)
        self.classes_ = self.estimator_.classes_
        return self

    @consistent
    def predict(self, X):
        """Predict the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Class labels.
        """
        return self._decide("predict", X)

    @available_if(_inner_has("predict_proba"))
    @consistent
    def predict_proba(self, X):
        """Estimate the probability of each class, if the classifier that decides can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`.
        """
        return self._decide("predict_proba", X)

    @available_if(_inner_has("predict_log_proba"))
    @consistent
    def predict_log_proba(self, X):
        """Estimate the logarithm of the probability of each class, if the classifier that decides can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`.
        """
        return self._decide("predict_log_proba", X)

    @available_if(_inner_has("decision_function"))
    @consistent
    def decision_function(self, X):
        """Return the confidence in each class, if the classifier that decides can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
            Positive scores of two classes favour ``classes_[1]``.
        """
        return self._decide("decision_function", X)

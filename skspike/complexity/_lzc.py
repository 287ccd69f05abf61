"""Complexity of spike trains, its own and relative to classes, as features and for decisions."""

import itertools
import math
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import TransformerMixin, clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from .._base import (
    LINEAR, SIZE_LIMITS, Array, Estimator, FillsMissing, FittedArray, InnerClassifierMixin,
    Normalize, Ragged, atomic, available_if, check_arrays, check_input, check_is_fitted, check_jobs,
    check_kinds, check_number, check_option, checked_classes, choices, consistent, decide,
    map_samples, one_task, part_bounds, resolve, sections, takes_columns, warn, warn_if_table,
    weighted, with_sections)
from ..trains import (
    RasterFeaturesMixin, as_raster, check_windows, counts, keys_of, raster_of, shortest_length,
    window_names)
from . import MEASURES
from ._measure import Measure
from ._relative import (
    Dictionaries, learn, n_relative_features, novelty, phrase_table, relative_features,
    relative_names, terms, weights_of_terms)
from ._symbols import n_columns

GROUP_SIZE = 2**18  # steps that are measured at a time. A call takes as long as 2000 steps.
SATURATED = 0.9  # fraction of unique columns above which the joint complexity is not informative


def _is_relative(estimator):
    """Return True, or raise an AttributeError if an estimator has no dictionaries."""
    if not getattr(estimator, "relative_", estimator.relative):
        raise AttributeError(f"{type(estimator).__name__} needs relative=True for this method.")
    return True


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
    relative : bool, default=<relative>
        Append the *relative complexity*: the bits per step that the phrases of a class save when
        they code the train. For two classes, the bits that ``classes_[1]`` saves compared with
        ``classes_[0]``. For more, those of each class compared with the mean. There is one number
        for each dictionary: "phrases_shared" and "phrases_each" of `skspike.trains.Phrases`, and
        for several channels "population_phrases_shared" of `skspike.trains.PopulationPhrases`. It
        is a sum over all channels for any value of `channels`, and needs labels in `fit`.
    <missing>
        The series are the rows of 2-D input. Spike trains (3-D input) have no values that could be
        filled, and their missing values are refused.
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it.

    Attributes
    ----------
    measure_ : Measure
        The complexity measure.
    normalize_, channels_, with_counts_, n_windows_, relative_ : bool, str or int
        Values of the parameters in `fit`.
    dictionaries_ : list of Dictionaries
        Phrases of the classes of each column of labels. Empty without ``relative=True``.
    novelty_threshold_ : float
        Result of `novelty` that 5 % of the training samples exceed, each coded without the phrases
        of its fold. Defined with ``relative=True``, for the first column of labels.
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
            relative: bool = False, missing: str | None = None, n_jobs: int | None = None):
        self.measure = measure
        self.normalize = normalize
        self.channels = channels
        self.with_counts = with_counts
        self.n_windows = n_windows
        self.relative = relative
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
        check_option(self.relative, "relative", (True, False))
        n_jobs = check_jobs(self.n_jobs)
        self.measure_ = resolve(self.measure, MEASURES, "measure")
        self.measure_.check()
        self.measure_.check_normalize(self.normalize)
        self.normalize_ = self.normalize
        self.channels_ = self.channels
        self.with_counts_ = self.with_counts
        self.relative_ = self.relative
        self.dictionaries_ = []
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
        return window_names([*names, *relative_names(self, self._n_channels)], self.n_windows_)

    def _learned(self, raster, y, weights=None):
        """Learn dictionaries for each column of y, and return relative features of the samples."""
        used, y, weights, rows = weighted(raster, y, weights)
        learned = [learn(self, used, column, weights) for column in np.atleast_2d(y.T)]
        self.dictionaries_, features, new = map(list, zip(*learned, strict=True))
        self.novelty_threshold_ = float(np.quantile(new[0], 0.95, method="lower"))
        found = np.hstack(features)
        if len(rows) < len(raster):  # samples of weight 0 are new to the dictionaries
            found, known = relative_features(self, raster), found
            found[rows] = known
        return found

    @property
    def _n_channels(self):
        return self.n_features_in_ if self._n_dims_in == 3 else 1

    def _dictionaries(self):
        """Return the dictionaries of a single column of labels."""
        check_is_fitted(self)
        _check_dictionaries(self)
        if len(self.dictionaries_) > 1:
            raise ValueError(
                f"{type(self).__name__} was fitted on {len(self.dictionaries_)} columns of labels. "
                "Fit one estimator for each column.")
        return self.dictionaries_[0]

    @available_if(_is_relative)
    @consistent
    def bits(self, X: ArrayLike) -> Array:
        """Return the bits that each step takes with the phrases of each class.

        Steps that take many bits are surprising for the class. The bits are those of the
        dictionaries of all channels, "phrases_shared".

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Samples of equal length, with the channels and steps of `fit`.

        Returns
        -------
        bits : ndarray of shape (n_samples, n_classes, n_channels, n_steps)
            Negative log2 probabilities. For 2-D input, there is one channel.

        Raises
        ------
        ValueError
            If samples have unequal length, or there were several columns of labels in `fit`.
        """
        own, raster = self._dictionaries(), raster_of(self, X, self.n_jobs)
        return -np.moveaxis(terms(_stacked(raster), own)[:, 0], -1, 1)

    @available_if(_is_relative)
    @consistent
    def novelty(self, X: ArrayLike) -> Array:
        """Return how many bits a sample takes above the mean of the most similar class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Samples as in `fit`.

        Returns
        -------
        novelty : ndarray of shape (n_samples,)
            Bits per step and channel. About 0 for samples like those of `fit`. Samples above
            `novelty_threshold_` do not look like these. Trains with few spikes take few bits, and
            are not new by this measure: `skspike.SpikeTrainClassifier.novelty` finds these too.

        Raises
        ------
        ValueError
            If there were several columns of labels in `fit`.
        """
        own = self._dictionaries()
        return novelty(self, raster_of(self, X, self.n_jobs), own)

    @available_if(_is_relative)
    def phrases(self, label: Any, n_phrases: int = 10) -> Array:
        """Return the phrases that save most bits for a class, compared with the other classes.

        They are known in at least one class, by the dictionaries of all channels
        ("phrases_shared").

        Parameters
        ----------
        label : int, str or other type of label
            Class.
        n_phrases : int, default=10
            Largest number of phrases.

        Returns
        -------
        phrases : structured ndarray of shape (at most n_phrases,)
            Fields: ``phrase``, the steps before a step as a regular expression, with 1 for a spike
            and ^ for the start of the train, such as ``00000101`` or ``10{12,13}``. ``count``, how
            often it occurred in the training trains of the class. ``spike`` and
            ``spike_in_others``, the probability of a spike after it in this class, and the mean
            over the others. ``saved_bits``, the bits per step that the class saves after it.

        Raises
        ------
        ValueError
            If the label is unknown, or there were several columns of labels in `fit`.
        """
        own, n = self._dictionaries(), check_number(n_phrases, "n_phrases", **SIZE_LIMITS)
        check_option(label, "label", own.classes.tolist())
        return phrase_table(own, own.classes.tolist().index(label), n)


def with_complexity_options(relative):
    """Return the decorator that fills in the sections, with the default of `relative`."""
    return with_sections(
        **sections(ComplexityFeatures), measures=choices(MEASURES), relative=str(relative),
        missing=sections(FillsMissing)["parameters"], filled=sections(FillsMissing)["attributes"])


def features_of(fitted, raster):
    """Return the features, (n_samples, n_features), of new samples for a fitted estimator."""
    _check_dictionaries(fitted)
    own = _own_features(fitted, raster)
    return np.hstack([own, relative_features(fitted, raster)]) if fitted.dictionaries_ else own


def _check_dictionaries(fitted):
    """Raise unless the dictionaries have their types and shapes."""
    check_kinds({"dictionaries_": (fitted.dictionaries_, list)})
    for own in fitted.dictionaries_:
        check_kinds({"dictionaries_": (own, Dictionaries)})
        own.check(fitted._n_channels)


def _stacked(raster):
    """Return samples of equal length as an array, or raise."""
    if not isinstance(raster, Ragged):
        return raster
    if len({*raster.lengths.tolist()}) > 1:
        raise ValueError(
            "Samples must have equal length. Pass samples of other lengths one at a time.")
    return raster.stacked(np.arange(len(raster)))


def _own_features(fitted, raster):
    """Return the complexities, and the counts, of a raster."""
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


@with_complexity_options(relative=False)
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
    skspike.trains.Phrases : Dictionary of each class, for ``relative=True``.

    Notes
    -----
    The complexity of a train does not depend on the classes. With ``relative=True``, there are also
    features that do: see `LZCClassifier`.

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
        """Learn the shape of the input and, with ``relative=True``, the phrases of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Spike rasters of 0 and 1, or one series per row.
        y : array-like of shape (n_samples,) or (n_samples, n_columns), or None, default=None
            Class labels for ``relative=True``, else ignored.

        Returns
        -------
        self : LZCTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            If 3-D input has values other than 0 and 1, an option is unknown, the measure does not
            have this normalisation, there are more windows than steps, or ``relative=True`` and y
            is None or has one class.

        Warns
        -----
        UserWarning
            If series or windows are too short for the measure, nearly all columns are unique with
            ``channels="joint"``, or 2-D input looks like a table whose columns have different
            units.
        """
        check_option(self.relative, "relative", (True, False))
        if not self.relative:
            self._fit_input(X)
            return self
        if y is None:
            raise ValueError(
                f"{type(self).__name__} with relative=True requires y to be passed, but the target "
                "y is None. Pass labels, or set relative=False.")
        raster, y = self._fit_input(X, y, multi_output=True)
        found = self._learned(raster, checked_classes(y, type(self).__name__))
        keys, rows = np.unique(keys_of(raster), return_index=True)
        self._held_out = keys, found[rows]
        return self

    @consistent
    def transform(self, X: ArrayLike) -> Array:
        """Compute the complexity of each sample.

        Samples of the training data, which are recognised by their spikes, get the relative
        complexity by the phrases of other training samples. So a classifier after this step is
        trained on features as they will be for new samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out), float64
            Complexities, then counts, then relative complexities. Each in the order of channels,
            with all windows of a channel in a row.

        Raises
        ------
        ValueError
            If the shape of the input differs from `fit`, or 3-D input has values other than 0 and
            1.
        """
        raster = raster_of(self, X, self.n_jobs)
        features = features_of(self, raster)
        if self.dictionaries_:
            keys, known = self._held_out
            n_relative = n_relative_features(self, raster.shape[1])
            check_arrays([
                FittedArray("keys of _held_out", keys, (-1,), np.uint64),
                FittedArray("features of _held_out", known, (len(keys), n_relative))])
            found = keys_of(raster)
            place = np.searchsorted(keys, found).clip(max=len(keys) - 1)
            rows = np.flatnonzero(keys[place] == found)
            features[rows, -n_relative:] = known[place[rows]]
        return features


def _is_linear(self):
    """Return True, or raise an AttributeError unless scores are sums over steps."""
    _is_relative(self)
    if type(getattr(self, "estimator_", self._template())) not in LINEAR:
        raise AttributeError("explain needs a linear estimator, such as the default one.")
    return True


def _default_estimator():
    """Return the classifier for ``estimator=None``."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


@with_complexity_options(relative=True)
class LZCClassifier(InnerClassifierMixin, ComplexityFeatures):
    """Classify spike trains by their complexity, their own and relative to each class.

    The own complexity counts the words of a train (Lempel-Ziv complexity by default). It says how
    irregular a train is. The relative complexity is the number of bits that the train takes when it
    is coded with the phrases of a class. It says for which class the train is simple. Both are the
    input of a classifier, by default linear discriminant analysis with shrinkage.

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
    SpikeTrainClassifier : More models of the trains of each class, which are often more accurate.
    skspike.trains.Phrases : The dictionary of a class.

    Notes
    -----
    Lempel and Ziv compress a text with a dictionary of phrases. A dictionary that was made from the
    trains of one class compresses other trains of this class best [2]_. `skspike.trains.Phrases`
    defines the dictionaries and the code. Training samples are coded with the phrases of other
    training samples, in five folds. The fold of a sample depends on its spikes alone, so the result
    does not depend on the order of the samples.

    ``relative=False`` uses the own complexity alone, the method of [1]_. It cannot separate classes
    of equal complexity, such as trains and the same trains backwards. Complexity is confounded with
    the spike count: compare the result with a classifier on counts (`SpikeCounter`). The complexity
    of short series is biased upwards, even if it is normalised, so that only series of equal length
    are comparable. Other lengths than in `fit` are refused. See `LZCTransformer` for how 2-D input
    becomes 0 and 1.

    References
    ----------
    .. [1] A. Lempel, J. Ziv, "On the complexity of finite sequences", IEEE Transactions on
           Information Theory 22 (1976) 75-81.
    .. [2] J. Ziv, N. Merhav, "A measure of relative entropy between individual sequences with
           application to universal classification", IEEE Transactions on Information Theory 39
           (1993) 1270-1279.

    Examples
    --------
    Two classes of equal rate. In class 1, a spike makes the next one more likely:

    >>> from skspike import LZCClassifier
    >>> from skspike.datasets import make_markov
    >>> X, y = make_markov(400, 4, 100, random_state=0)
    >>> model = LZCClassifier().fit(X[:200], y[:200])
    >>> model.score(X[200:], y[200:])
    0.9
    >>> LZCClassifier(relative=False).fit(X[:200], y[:200]).score(X[200:], y[200:])
    0.655

    The phrases that save most bits for class 1, one spike and two, with the probability of a spike
    after them in this class and in the other:

    >>> for phrase in model.phrases(1, 2):
    ...     print(phrase["phrase"], phrase["spike"].round(2), phrase["spike_in_others"].round(2))
    1 0.32 0.04
    11 0.32 0.01
    """

    _plugins = {**ComplexityFeatures._plugins, "estimator": {None: _default_estimator}}
    _takes_columns = True

    def __init__(
            self, measure: str | Measure = "lz76", *, normalize: Normalize = True,
            channels: str = "each", with_counts: bool = False, n_windows: int = 1,
            relative: bool = True, missing: str | None = None, n_jobs: int | None = None,
            estimator: Any = None):
        super().__init__(
            measure, normalize=normalize, channels=channels, with_counts=with_counts,
            n_windows=n_windows, relative=relative, missing=missing, n_jobs=n_jobs)
        self.estimator = estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # scikit-learn's checks classify rows of few numbers, whose complexity is not informative
        tags.classifier_tags.poor_score = True
        return tags

    def _decide(self, method, X):
        """Return the result of a method of the fitted classifier for X."""
        raster = raster_of(self, X, self.n_jobs)  # raises if the classifier is not fitted
        return decide(self.estimator_, method, features_of(self, raster))

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
        y = checked_classes(y, type(self).__name__)
        features = _own_features(self, raster)
        if self.relative_:
            weights = fit_params.get("sample_weight")
            features = np.hstack([features, self._learned(raster, y, weights)])
        self.estimator_ = clone(self._template()).fit(features, y, **fit_params)
        self.classes_ = self.estimator_.classes_
        return self

    @available_if(_is_linear)
    @consistent
    def explain(self, X: ArrayLike) -> Array:
        """Return the evidence of each channel and step for the decision of a linear classifier.

        The sum over channels and steps is the result of `decision_function`. The evidence of a step
        is that of the bits that it takes with the phrases of each class. The complexity of the
        train itself and the intercept have no place, and are spread evenly.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Samples of equal length, with the channels and steps of `fit`.

        Returns
        -------
        evidence : ndarray of shape (n_samples, n_channels, n_steps), or (n_samples, n_classes, \
n_channels, n_steps) for more than two classes
            Terms of the decision. With two classes, positive terms are in favour of
            ``classes_[1]``. For 2-D input, there is one channel.

        Raises
        ------
        ValueError
            If samples have unequal length, or there were several columns of labels in `fit`.
        """
        own, raster = self._dictionaries(), _stacked(raster_of(self, X, self.n_jobs))
        scores = decide(self.estimator_, "decision_function", features_of(self, raster))
        n_relative = n_relative_features(self, raster.shape[1])
        weights = np.repeat(
            weights_of_terms(self, self.estimator_.coef_[:, -n_relative :], raster.shape[2]),
            np.diff(part_bounds(raster.shape[2], self.n_windows_)), axis=2)
        evidence = np.einsum("nmctk,omtk->noct", terms(raster, own), weights)
        rest = scores.reshape(len(scores), -1) - evidence.sum(axis=(2, 3))
        evidence += (rest / math.prod(raster.shape[1:]))[:, :, np.newaxis, np.newaxis]
        return evidence[:, 0] if len(self.classes_) == 2 else evidence

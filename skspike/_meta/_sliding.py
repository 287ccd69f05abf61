"""Classification from sliding windows of time, with the score of each window.

    window k    steps k step to k step + width - 1
"""

import math
import numbers
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import (
    SIZE_LIMITS, Array, Estimator, InnerClassifierMixin, Ragged, Seed, Step, atomic, check_input,
    check_number, check_option, check_steps, checked_classes, consistent, given_dt, one_task,
    replace_attributes, shown, with_dt)
from ..trains import series_of

N_FOLDS = 5


def _default_estimator():
    """Return the classifier for ``estimator=None``."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


class SlidingDecoder(InnerClassifierMixin, Estimator):
    """Classify from one window of time, and score all windows by cross-validation.

    `fit` slides a window over the samples. In each position, a classifier gets the spike counts of
    all channels, and its score on held-out folds shows how much information the window contains.
    The window with the highest mean score is used to predict. So the class is a search over windows
    that can be a step of a pipeline or be cross-validated itself.

    Parameters
    ----------
    estimator : classifier, default=None
        Classifier of one window, which is cloned. None:
        ``make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))``.
    window : float or None, default=None
        Length of the window in ms, from one step to the whole sample. It is rounded to steps.
        Longer windows have more spikes, and shorter ones locate information better. None: a tenth
        of the sample.
    step : float or None, default=None
        Time from one window to the next in ms, at least one step. None: half of `window`. Steps at
        the end that do not fill a window are ignored.
    dt : float, RasterInfo or None, default=None
        Length of a time step in ms. None: that of `estimator`, or 1 ms if it has none. Each part of
        `estimator` whose `dt` is None takes it over.
    summed : bool, default=True
        Whether the classifier gets the sum of each channel over the window, which is the spike
        count of a raster. False: it gets the window itself, of shape (n_samples, n_channels,
        n_window_steps), for classifiers of rasters and series such as `LZCClassifier`.
    generalize : bool, default=False
        Whether the classifier of each window is also scored in all other windows. If information
        has the same code at both times, the score is high [1]_.
    cv : int, cross-validation splitter, list of (train, test) or None, default=None
        Folds. An integer is the number of stratified folds, which keep `groups` together if these
        are passed to `fit`. None: 5 folds, or as many as the smallest class has samples.
    scoring : str, callable or None, default=None
        Score, by a name of scikit-learn or as ``scoring(estimator, X, y)``. None: accuracy.
    n_permutations : int, default=0
        Number of fits with permuted labels, which show the scores that chance reaches. Each takes
        as long as the scores themselves. At least 39 are needed for a band of 95 %.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations.

    Attributes
    ----------
    scores_ : ndarray of shape (n_folds, n_windows)
        Score of each window on each held-out fold.
    windows_ : ndarray of shape (n_windows, 2)
        Start and end of each window in ms, from the start of the sample.
    chance_scores_ : ndarray of shape (n_permutations, n_windows)
        Mean scores over folds for permuted labels.
    generalization_scores_ : ndarray of shape (n_folds, n_windows, n_windows)
        Score of the classifier of one window (second axis) in another one (third axis). Defined if
        `generalize`.
    best_index_ : int
        Index of the window with the highest mean score. Windows whose score is NaN are not chosen.
    best_window_ : tuple of (float, float)
        Start and end of this window in ms.
    best_score_ : float
        Its mean score. It is too high an estimate for new samples, because it is the highest of
        several. Cross-validate the whole decoder to estimate the score.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : classifier
        Classifier of the best window, fitted on all samples.
    n_features_in_ : int
        Number of channels (3-D input) or length of the series (2-D input).
    n_steps_in_ : int
        Length of the samples in `fit`, in steps.
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array. Always True.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    skspike.inspection.SlidingDisplay : Draw the scores with a band of chance.
    skspike.inspection.timing_scores : Score a classifier on surrogates of spike times.
    SpikeCounter : Spike counts in windows of the whole sample.

    Notes
    -----
    Sums are shared between windows: they are differences of cumulative sums at the edges of all
    windows. A row of 2-D input is one series, as in `SpikeCounter`.

    Trials of a recording are not independent if rates drift slowly. Folds that mix neighbouring
    trials are then too optimistic. Pass the blocks of the recording as ``groups``. Folds then keep
    blocks together, and labels are only permuted within blocks. If each block has a single label,
    the labels of whole blocks are permuted.

    References
    ----------
    .. [1] J.-R. King, S. Dehaene, "Characterizing the dynamics of mental representations: the
        temporal generalization method", Trends in Cognitive Sciences 18, 2014.

    Examples
    --------
    Class 1 has more spikes from 100 to 150 ms:

    >>> import numpy as np
    >>> from skspike import SlidingDecoder
    >>> from skspike.datasets import make_poisson
    >>> X, _ = make_poisson(200, 8, 300, rates=(20.0,), random_state=0)
    >>> y, rng = np.arange(200) % 2, np.random.default_rng(0)
    >>> X[y == 1, :, 100:150] |= rng.random((100, 8, 50)) < 0.015
    >>> decoder = SlidingDecoder(window=50.0).fit(X, y)
    >>> decoder.best_window_
    (100.0, 150.0)
    >>> decoder.scores_.shape
    (5, 11)
    """

    _plugins = {"estimator": {None: _default_estimator}}

    def __init__(
            self, estimator: Any = None, *, window: float | None = None, step: float | None = None,
            dt: Step | None = None, summed: bool = True, generalize: bool = False, cv: Any = None,
            scoring: Any = None, n_permutations: int = 0, random_state: Seed = None):
        self.estimator = estimator
        self.window = window
        self.step = step
        self.dt = dt
        self.summed = summed
        self.generalize = generalize
        self.cv = cv
        self.scoring = scoring
        self.n_permutations = n_permutations
        self.random_state = random_state

    # `groups` is for the folds, and nothing is passed on to the inner classifier
    get_metadata_routing = Estimator.get_metadata_routing

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # scikit-learn's checks classify rows of few numbers, and a window has only some of them
        tags.classifier_tags.poor_score = True
        return tags

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, *, groups: ArrayLike | None = None) -> Self:
        """Score all windows, and fit the classifier on the best one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Rasters or series of equal length.
        y : array-like of shape (n_samples,)
            Class labels.
        groups : array-like of shape (n_samples,) or None, default=None
            Block of the recording of each sample, for folds and permutations.

        Returns
        -------
        self : SlidingDecoder
            The fitted decoder.

        Raises
        ------
        ValueError
            If a parameter is outside its range, samples have unequal length, or the scores of all
            windows are NaN.
        TypeError
            If `estimator` is not a classifier.
        """
        self._check_template()
        n_permutations = check_number(
            self.n_permutations, "n_permutations", **{**SIZE_LIMITS, "low": 0})
        check_option(self.summed, "summed", (True, False))
        check_option(self.generalize, "generalize", (True, False))
        rng = check_random_state(self.random_state)
        X, y = check_input(self, X, y, reset=True)
        if isinstance(X, Ragged):
            raise ValueError(
                "SlidingDecoder needs samples of equal length. Cut them to the shortest one, or "
                "around an event.")
        y = checked_classes(y, type(self).__name__)
        check_consistent_length(y, groups)
        self.n_steps_in_ = X.shape[-1]
        self._bounds, dt = self._placed(X.shape[-1])
        self._sums = self.summed
        parts = self._parts(X, self._bounds)
        every = self._fold_scores(parts, y, groups, self.generalize)
        replace_attributes(
            self, ("generalization_scores_",),
            {"generalization_scores_": every} if self.generalize else {})
        self.scores_ = np.diagonal(every, axis1=1, axis2=2).copy() if self.generalize else every
        self.chance_scores_ = np.array([
            _mean_scores(self._fold_scores(parts, _permuted(y, groups, rng), groups))
            for _ in range(n_permutations)]).reshape(-1, len(parts))
        self.windows_ = self._bounds * dt
        self.best_index_ = int(np.nanargmax(_mean_scores(self.scores_)))
        self.best_window_ = tuple(self.windows_[self.best_index_].tolist())
        self.best_score_ = float(self.scores_[:, self.best_index_].mean())
        self.estimator_ = self._inner().fit(self._best_part(X), y)
        self.classes_ = self.estimator_.classes_
        return self

    def _placed(self, n_steps):
        """Return start and end of each window in steps, and the length of a step."""
        dt = given_dt(self) or 1.0
        width, step = -(-n_steps // 10), None
        if self.window is not None:
            width = check_steps(self.window, "window", dt, n_steps)
        if self.step is not None:
            step = check_steps(self.step, "step", dt, n_steps)
        starts = np.arange(0, n_steps - width + 1, step or max(width // 2, 1))
        return np.stack([starts, starts + width], axis=1), dt

    def _inner(self):
        """Return the classifier to be fitted in each window, with the length of a step."""
        return with_dt(self._template(), given_dt(self))

    def _parts(self, X, bounds):
        """Return the input of the classifier in each window."""
        if self._sums:
            return _sums(X[:, np.newaxis] if X.ndim == 2 else X, bounds)
        return [X[..., start:stop] for start, stop in bounds]

    def _best_part(self, X):
        """Return the input of the classifier in the best window."""
        (part,) = self._parts(X, self._bounds[[self.best_index_]])
        return part

    def _fold_scores(self, parts, y, groups, everywhere=False):
        """Return the score of each fold and window, and of each other window if `everywhere`."""
        template, scores = self._inner(), []
        scorer = _scorer(template, self.scoring)
        for train, test in folds(self.cv, y, groups):
            models = [clone(template).fit(part[train], y[train]) for part in parts]
            tested = [part[test] for part in parts]
            scores.append([
                [scorer(model, other, y[test]) for other in tested] if everywhere
                else scorer(model, part, y[test])
                for model, part in zip(models, tested, strict=True)])
        return np.array(scores, dtype=float)

    @consistent
    def chance_band(self, level: float = 0.95) -> tuple[float, float]:
        """Return the limits within which the scores of all windows lie without information.

        The limits are quantiles of the smallest and the largest score over windows, for permuted
        labels. So many windows do not make a score outside the band more probable.

        Parameters
        ----------
        level : float, default=0.95
            Share of recordings without information whose mean scores all lie within the limits.
            Above 0, at most 0.9999.

        Returns
        -------
        low, high : float
            The limits, which belong to the band.

        Raises
        ------
        ValueError
            If there are fewer than ``2 / (1 - level) - 1`` permutations, or `level` is outside its
            range.
        """
        check_is_fitted(self)
        level, n = check_number(level, "level", above=0, high=0.9999), len(self.chance_scores_)
        # the true labels are one more permutation
        rank = math.ceil((1 + level) / 2 * (n + 1) - 1e-9)
        if rank > n:
            raise ValueError(
                f"A band for level={level} needs more permutations of labels, got {n}. Fit with "
                f"n_permutations={math.ceil(2 / (1 - level) - 1 - 1e-9)} or more.")
        low, high = (find(self.chance_scores_, axis=1) for find in (np.nanmin, np.nanmax))
        return float(np.sort(low)[n - rank]), float(np.sort(high)[rank - 1])

    def _decide(self, method, X):
        """Return the result of a method of the fitted classifier for X."""
        part = self._best_part(series_of(self, X))
        return getattr(self.estimator_, method)(part)


def _sums(X, bounds):
    """Return the sums of each channel over windows, (n_windows, n_samples, n_channels)."""
    edges, place = np.unique(bounds, return_inverse=True)
    totals = np.zeros((len(edges), *X.shape[:2]))
    between = np.add.reduceat(X[..., : edges[-1]], edges[:-1], axis=-1, dtype=float)
    np.cumsum(np.moveaxis(between, -1, 0), axis=0, out=totals[1:])
    first, last = place.reshape(bounds.shape).T
    return totals[last] - totals[first]


def _scorer(template, scoring):
    """Return the scorer. The accuracy is computed without checks, which take most of the time."""
    if scoring is None:
        return lambda model, X, y: float(np.mean(model.predict(X) == y))
    if not callable(scoring) and not (isinstance(scoring, str) and scoring in get_scorer_names()):
        raise ValueError(
            "scoring must be a name out of sklearn.metrics.get_scorer_names(), a callable or None, "
            f"got {shown(scoring)}.")
    return check_scoring(template, scoring)


def _mean_scores(scores):
    """Return the mean score of each window over folds, or raise if all are NaN."""
    mean = scores.mean(axis=0)
    if np.isnan(mean).all():
        raise ValueError(
            "scoring returned NaN in each window. If it needs several classes, as the area under "
            "a curve does, each test fold needs samples of all of them. Set cv, or another score.")
    return mean


def folds(
        cv: Any, y: Array, groups: Any, n_folds: int = N_FOLDS) -> list[tuple[Array, Array]]:
    """Return the training and test samples of each fold. If `cv` is None, there are `n_folds`."""
    smallest = int(np.unique(y, return_counts=True)[1].min())
    if cv is None:
        n_groups = n_folds if groups is None else len(np.unique(groups))
        cv = max(min(n_folds, smallest, n_groups), 2)
    if isinstance(cv, numbers.Integral):
        cv = check_number(cv, "cv", low=2, integer=True)
        if groups is None and cv > smallest:
            raise ValueError(
                f"cv={cv} folds need as many samples of each class, and the smallest class has "
                f"{smallest}. Leave this class out, or take fewer folds.")
        if groups is not None and cv > len(np.unique(groups)):
            raise ValueError(
                f"cv={cv} folds need as many groups, got {len(np.unique(groups))}. Take fewer "
                "folds, or divide the recording into more blocks.")
        cv = (StratifiedKFold if groups is None else StratifiedGroupKFold)(cv)
    elif not is_splitter(cv):
        raise ValueError(
            "cv must be an integer >= 2, a splitter such as StratifiedKFold(5), a list of pairs of "
            f"training and test samples, or None, got {shown(cv)}.")
    return list(check_cv(cv, y, classifier=True).split(np.zeros(len(y)), y, groups))


def is_splitter(cv):
    """Return whether an object is a splitter of scikit-learn, or a list of pairs of indices."""
    if hasattr(cv, "get_n_splits"):
        return not isinstance(cv, type)
    return isinstance(cv, (list, tuple)) and len(cv) > 0 and all(
        isinstance(fold, (list, tuple)) and len(fold) == 2 for fold in cv)


def _permuted(y, groups, rng):
    """Return labels in random order within each group, or of whole groups that have one label."""
    if groups is None:
        return rng.permutation(y)
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    if np.array_equal(y, y[first][group]):
        return y[rng.permutation(first)][group]
    order = np.arange(len(y))
    for k in range(len(first)):
        order[group == k] = rng.permutation(order[group == k])
    return y[order]

"""Classification with rejection of samples that do not look like the training data."""

import numbers
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import (
    SIZE_LIMITS, Array, Estimator, InnerClassifierMixin, Seed, Stream, as_given, atomic,
    available_if, check_input, check_number, checked_classes, consistent, one_task, seeded, shown,
    unfrozen, unseeded)
from .._networks import SNNClassifier
from ..trains import Usual, UsualSums, moments_of
from ._early import EarlyClassifier, EarlyStream

MIN_HELD = 3  # samples that the classifier does not learn, if a class has twice as many
N_PARTS = 5  # of these samples. Each is compared with the other parts
MARGIN = 1e-3  # of the novelty of early decisions, for the rounding of C


class RejectingClassifier(InnerClassifierMixin, Estimator):
    """Reject samples that do not look like the training data.

    A classifier chooses one of its classes for any input, and is often sure about noise. This
    class measures how much a sample differs from the training data, by the decision scores of the
    classifier and by the input, and replaces the labels of the most unusual samples by `unknown`.
    It finds classes that were not learned, noise, changed amplitudes and swapped channels.

    Around an `EarlyClassifier`, the rejection uses only the steps until the decision, which is a
    class or `unknown`. So streams and exported C reject samples too.

    Parameters
    ----------
    estimator : classifier, default=None
        Classifier of tables, rasters or series, which is cloned. Put a fitted one into
        ``sklearn.frozen.FrozenEstimator``. None: ``SNNClassifier()``.
    false_alarms : float, default=0.05
        Share of usual samples that are rejected, from 0 to 1. It sets `novelty_threshold_`.
    unknown : int, str or None, default=None
        Label of rejected samples, of the type of the other labels, such as -1 or "unknown". None:
        `predict` rejects no samples, and `novelty` shows them.
    validation_fraction : float, default=0.2
        Share of the samples of each class that the classifier does not learn, above 0 and below 1.
        They show which samples are usual. At least three samples of each class are left out, or
        half of a class with fewer than six. Raise the share if the rate of false alarms must be
        precise.
    n_kept : int, default=2000
        Number of training samples whose moments are kept for comparison, chosen at random. Memory
        grows with it: 8 bytes for mean and deviation of each channel, or for each feature. Ignored
        for an `EarlyClassifier`.
    random_state : int, RandomState instance or None, default=None
        Seed of the division of the samples, and of each random state in `estimator` that is None.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, without `unknown`.
    estimator_ : classifier
        The fitted classifier.
    novelty_threshold_ : float
        Samples whose `novelty` is higher are rejected.
    _usual : Usual or UsualSums
        Statistics of usual samples.
    unknown_ : int, str or None
        Label of rejected samples.
    n_features_in_ : int
        Number of channels (3-D input) or of features (2-D input).
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    skspike.SpikeTrainClassifier : Has its own measure of novelty.
    sklearn.calibration.CalibratedClassifierCV : Calibrates probabilities.

    Notes
    -----
    The novelty is a sum of two distances, on a logarithmic scale: of the decision scores from the
    nearest class, by Mahalanobis' distance [1]_, and of the input from its fifth neighbour among
    training samples. Series and rasters are compared by mean and deviation of each channel.

    With an `EarlyClassifier`, the novelty is the logarithm of one squared distance: of the sums
    that the decision reads (by its ``integrators_``, or the logits) from the mean of the decided
    class at this time. Its unit is the standard deviation within classes of training samples. A
    class that is more extreme than a known class may be missed. ``estimator_.decision_times``
    returns the times of all decisions.

    References
    ----------
    .. [1] K. Lee, K. Lee, H. Lee, J. Shin, "A simple unified framework for detecting out-of-
        distribution samples and adversarial attacks", NeurIPS, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skspike import SNNClassifier
    >>> from skspike import RejectingClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = RejectingClassifier(SNNClassifier(max_iter=10), unknown=-1, random_state=0)
    >>> model = model.fit(X[:1000], y[:1000])
    >>> noise = np.random.default_rng(0).permuted(X[1000:], axis=1)
    >>> print(round((model.predict(noise) == -1).mean(), 2))
    1.0
    >>> print(round((model.predict(X[1000:]) == -1).mean(), 2))
    0.13
    """

    _plugins = {"estimator": {None: SNNClassifier}}
    _usual: Usual | UsualSums

    def __init__(
            self, estimator: Any = None, *, false_alarms: float = 0.05,
            unknown: int | str | None = None, validation_fraction: float = 0.2,
            n_kept: int = 2000, random_state: Seed = None):
        self.estimator = estimator
        self.false_alarms = false_alarms
        self.unknown = unknown
        self.validation_fraction = validation_fraction
        self.n_kept = n_kept
        self.random_state = random_state

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the classifier on a part of the samples, and the novelty on the rest.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
            Samples. Those of unequal length are a list or an object array of arrays.
        y : array-like of shape (n_samples,)
            Class labels.
        **fit_params : dict
            Arguments for the ``fit`` of `estimator`. Arguments with a value for each sample are
            divided as the samples are.

        Returns
        -------
        self : RejectingClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter is out of range, `unknown` is one of the labels or of another type, the
            classes have too few samples to leave three of them out, or y has other classes than a
            fitted `EarlyClassifier`.
        TypeError
            If `estimator` is not a classifier, or its ``fit`` does not take `fit_params`.
        """
        self._check_template()
        rate = check_number(self.false_alarms, "false_alarms", low=0, high=1)
        fraction = check_number(self.validation_fraction, "validation_fraction", above=0, high=0.99)
        n_kept = check_number(self.n_kept, "n_kept", **SIZE_LIMITS)
        rng = check_random_state(self.random_state)
        fit_params = self._routed(fit_params)
        X, y = check_input(self, X, y, reset=True, keeps_missing=_early(self) is not None)
        y = checked_classes(y, type(self).__name__)
        _check_unknown(self.unknown, np.unique(y))
        self.unknown_ = self.unknown
        train, held = _divided(y, fraction, rng)
        # fit the classifier
        estimator = clone(self._template())
        if unseeded(estimator):
            estimator = seeded(estimator, rng.randint(2**31 - 1))
        part = {
            name: np.asarray(value)[train] if np.shape(value)[:1] == y.shape else value
            for name, value in fit_params.items()}
        self.estimator_ = estimator.fit(as_given(X[train]), y[train], **part)
        self.classes_ = self.estimator_.classes_
        # measure what is usual
        early = _early(self)
        if early is not None:
            self._usual = _usual_sums(early, X[train], y[train])
            found = self._novelty(X[held])
            self.novelty_threshold_ = _quantile(found, 1 - rate) + MARGIN
            return self
        known = moments_of(X[rng.permutation(train)[:n_kept]])
        outputs, moments = self._outputs(X[held]), moments_of(X[held])
        self._usual = Usual.of(known, moments, outputs, y[held])
        found = _held_out(known, moments, outputs, y[held])
        self.novelty_threshold_ = _quantile(found, 1 - rate)
        return self

    def _outputs(self, X):
        """Return the decision scores of samples, or the logarithms of probabilities."""
        inner, X = self.estimator_, as_given(X)
        if hasattr(inner, "decision_function"):
            found = inner.decision_function(X)
        else:
            found = np.log(inner.predict_proba(X) + 1e-6)
        return np.asarray(found, float).reshape(len(X), -1)

    def _decide(self, method, X):
        """Return the result of a method of the fitted classifier for X."""
        check_is_fitted(self)
        X = check_input(self, X, reset=False, keeps_missing=_early(self) is not None)
        found = getattr(self.estimator_, method)(as_given(X))
        unknown = getattr(self, "unknown_", self.unknown)  # older files do not have it
        if method != "predict" or unknown is None:
            return found
        is_new = self._novelty(X) > self.novelty_threshold_
        return np.where(is_new, _label(unknown, found), found)

    def _novelty(self, X):
        """Return the novelty of checked samples."""
        if isinstance(self._usual, UsualSums):
            sums, logits, times = _early(self)._early(X)
            return self._usual.novelty(sums, times, logits.argmax(axis=1))
        return self._usual.novelty(self._outputs(X), moments_of(X))

    @consistent
    def novelty(self, X: ArrayLike) -> Array:
        """Return how much each sample differs from the training data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
            Samples, as in `fit`.

        Returns
        -------
        novelty : ndarray of shape (n_samples,)
            About 0 for usual samples, and above `novelty_threshold_` for samples that are rejected.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If X does not have the form of the training data.
        """
        check_is_fitted(self)
        return self._novelty(
            check_input(self, X, reset=False, keeps_missing=_early(self) is not None))

    def score_samples(self, X: ArrayLike) -> Array:
        """Return how usual each sample is: the negative `novelty`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
            Samples, as in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Higher values are more usual.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If X does not have the form of the training data.
        """
        return -self.novelty(X)

    @available_if(lambda self: _early(self) is not None)
    def stream(self) -> Stream:
        """Return a stream, which decides when it is sure, if `estimator` is an `EarlyClassifier`.

        Returns
        -------
        stream : skspike.Stream
            A stream at the start of a sample. Its ``predict`` returns `unknown` if the sample is
            rejected at the decision. Before the decision, it returns the most probable class.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        inner = _early(self).stream()
        if self.unknown_ is None:
            return inner
        return RejectingStream(Rejection.of(self), *inner._source)


class Rejection(NamedTuple):
    """Rejection of early decisions: usual sums, limit of the novelty, and labels.

    The label of rejected samples is the last one.
    """

    usual: UsualSums
    limit: float
    labels: Array

    @classmethod
    def of(cls, model: Any) -> Self:
        """Return the rejection of a fitted `RejectingClassifier` of an `EarlyClassifier`."""
        labels = np.append(model.classes_, _label(model.unknown_, model.classes_))
        return cls(model._usual, model.novelty_threshold_, labels)


class RejectingStream(EarlyStream):
    """Stream of early decisions that rejects a sample whose novelty is above a limit.

    `of_early` are the arguments of `EarlyStream`.
    """

    def __init__(self, rejection: Rejection, *of_early: Any):
        self._rejection = rejection
        self._is_new = np.zeros(1, bool)
        super().__init__(*of_early)
        self._complete(
            "RejectingClassifier", self._shape[0], [*self._kept, self._is_new],
            rejection, *of_early)

    def _read(self, check: int) -> Array:
        """Read the logits at one of the possible times, and compare the sums with usual ones."""
        sums = super()._read(check)
        found = self._rejection.usual.novelty(
            sums[np.newaxis], np.array([check]), np.array([self._logits.argmax()]))
        self._is_new[:] = found > self._rejection.limit
        return sums

    def predict(self) -> Any:
        """Return the class, or the label of rejected samples after the decision."""
        is_rejected = self.decided and self._is_new[0]
        return self._rejection.labels[-1] if is_rejected else super().predict()


def _early(model):
    """Return the `EarlyClassifier` inside a `RejectingClassifier`, or None."""
    inner = unfrozen(getattr(model, "estimator_", model.estimator))
    return inner if isinstance(inner, EarlyClassifier) else None


def _usual_sums(early, X, y):
    """Return the statistics of training samples of an `EarlyClassifier`."""
    labels, index = np.unique(y, return_inverse=True)
    if labels.tolist() != early.classes_.tolist():
        raise ValueError(
            "y must have the classes of the fitted EarlyClassifier, "
            f"{shown(early.classes_.tolist())}, got {shown(labels.tolist())}.")
    sums, _ = early._read(X)
    return UsualSums.of(sums, index)


def _quantile(found, share):
    """Return the novelty that a share of usual samples does not exceed."""
    return float(np.sort(found)[min(int(len(found) * share), len(found) - 1)])


def _check_unknown(unknown, classes):
    """Raise if the label of rejected samples is a class, or of another type."""
    if unknown is None:
        return
    kind, is_number = classes.dtype.kind, isinstance(unknown, numbers.Real)
    fits = isinstance(unknown, str) if kind not in "biuf" else is_number and kind != "b"
    if kind in "iu":
        fits = isinstance(unknown, numbers.Integral)
        if fits and np.result_type(classes, _label(unknown, classes)).kind == "f":
            raise ValueError(
                f"unknown={shown(unknown)} and labels of type {classes.dtype} have no common type "
                "of integers. Pass a positive number, or convert the labels with "
                "y.astype(np.int64).")
    if not fits or isinstance(unknown, bool) or unknown in classes.tolist():
        raise ValueError(
            "unknown must have the type of the labels, and differ from all of them, as -1 differs "
            f"from 0, 1 and 2, got {shown(unknown)} for {shown(classes.tolist())}.")


def _label(unknown, labels):
    """Return the label of rejected samples as an array, of the type of the labels if it fits."""
    if labels.dtype.kind in "iu":
        limits = np.iinfo(labels.dtype)
        return np.array(unknown, labels.dtype if limits.min <= unknown <= limits.max else None)
    return np.array(unknown)


def _held_out(known, moments, outputs, y):
    """Return the novelty of each usual sample by the statistics of other parts of them."""
    part, found = np.empty(len(y), int), np.empty(len(y))
    part[np.argsort(y, kind="stable")] = np.arange(len(y)) % N_PARTS  # in each class
    for k in range(min(N_PARTS, len(y))):
        rows = part == k
        usual = Usual.of(known, moments[~rows], outputs[~rows], y[~rows])
        found[rows] = usual.novelty(outputs[rows], moments[rows])
    return found


def _divided(y, fraction, rng):
    """Return the rows of the training part and of the rest, which has some of each class."""
    held = []
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        least = min(MIN_HELD, len(rows) // 2)
        held.append(rows[: min(max(round(fraction * len(rows)), least), len(rows) - 1)])
    held = np.sort(np.concatenate(held))
    if len(held) < MIN_HELD:
        raise ValueError(
            f"RejectingClassifier compares at least {MIN_HELD} samples that the classifier does "
            f"not learn, and can leave out {len(held)} of {len(y)}, at most half of a class. Pass "
            "more samples of a class.")
    return np.setdiff1d(np.arange(len(y)), held), held

"""Classification that stops when it is sure.

    s(t)        scores of the classes after t steps
    e(t)        0, or the mean of s(end) - s(t) over training samples: what the rest adds on average
    decision    at the first t with max softmax(s(t) + e(t)) >= threshold, or at the deadline
"""

import copy
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import (
    DT_LIMITS, READERS, Array, Estimator, InnerClassifierMixin, Ragged, Seed, Stream, absent,
    as_numbers, atomic, check_input, check_number, check_steps, consistent, last_of, one_task,
    seeded, shown, steps_of, unfrozen, warn)
from .._networks import OneColumn, SNNClassifier, stream_of
from ._sliding import folds

N_CHECKS = 40  # default number of times at which a decision is possible
N_THRESHOLDS = 200  # candidates
ACCEPTED_LOSS = 0.01  # of accuracy, by default
N_ERRORS = 2  # standard errors of the loss that must also be accepted
SHORTEST, MOST_BEGINNINGS = 10, 100  # part of a sample (1/10), and number of copies


class EarlyClassifier(InnerClassifierMixin, Estimator):
    """Stop when sure: decide before the end of a sample, at a wanted accuracy.

    The class scores of a spiking network or of a classifier of spike trains change with each step.
    This classifier decides as soon as the probability of a class reaches a threshold, or at a
    deadline. `fit` chooses both on held-out folds, so that decisions are early at the wanted
    accuracy.

    Parameters
    ----------
    estimator : classifier, default=None
        Classifier that can stream, which is cloned: an `SNNClassifier`, a `SpikeTrainClassifier`,
        or a Pipeline of a `SpikeEncoder` and a network. None: ``SNNClassifier()``.
    accuracy : float or None, default=None
        Wanted accuracy on held-out folds, from 0 to 1. Lower values give earlier decisions. None:
        the accuracy of whole samples, minus 0.01. If whole samples do not reach it, all decisions
        are at the end, with a warning.
    step : float or None, default=None
        Time between possible decisions in ms, at least one step. None: a fortieth of the sample.
    dt : float or None, default=None
        Length of a time step in ms. None: that of `estimator`, or 1 ms if it has none.
    n_beginnings : int, default=0
        Number of copies of each training sample that end at a random time, after at least a tenth
        of the sample, from 0 to 100. The classifier learns from whole samples and copies. Decisions
        can then be earlier, but with few samples also less accurate, and a fit takes several times
        as long. Try 2 if decisions are late, and compare on held-out samples. Samples must be
        rasters or series, and a network needs ``readout="count"``, or ``streaming=True`` and
        ``readout="auto"``.
    cv : int, cross-validation splitter, list of (train, test) or None, default=None
        Folds for the threshold. An integer is the number of stratified folds, which keep `groups`
        together if these are passed to `fit`. None: 5 folds, or as many as the smallest class has
        samples.
    random_state : int, RandomState instance or None, default=None
        Seed of each random state in `estimator` that is None. The others are used as they are.

    Attributes
    ----------
    threshold_ : float
        Probability at which a decision is made. Infinite if all decisions are at the deadline.
    deadline_ : float
        Latest time of a decision in ms. Most samples that are undecided then would not become
        surer.
    times_ : ndarray of shape (n_checks,)
        Times of possible decisions in ms. The last one is the length of a sample.
    thresholds_, accuracies_, mean_times_ : ndarray of shape (n_thresholds,)
        Candidates in ascending order, with accuracy and mean time of decision in ms on held-out
        folds. The last one decides at the deadline.
    whole_accuracy_ : float
        Accuracy of whole samples on held-out folds.
    expected_ : ndarray of shape (n_checks, n_classes)
        Mean evidence of the rest of a sample, which is added to the scores at each time, or 0.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : classifier
        The classifier, fitted on all samples.
    n_features_in_ : int
        Number of channels (3-D input) or features (2-D input).
    n_steps_in_ : int or None
        Length of the samples in `fit`, in steps. None for 2-D input.
    _n_dims_in : int
        Number of dimensions of the input in `fit`, 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array. Always True.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns. Defined if the input of `fit` has string names.

    See Also
    --------
    skspike.inspection.EarlyDisplay : Draw accuracy against mean time.
    skspike.Stream : Decide on a stream.

    Notes
    -----
    The deadline is the first time from which on decisions of all samples lose at most half of the
    accepted accuracy. The threshold is the smallest one from which on all larger ones lose at most
    all of it [1]_. Two standard errors of the loss are added to it, so with few samples, decisions
    are late.

    The threshold was chosen for the classifiers of the folds. If these differ from the final one,
    more accuracy is lost. So set parameters of networks that are otherwise chosen from the data,
    such as `delays`, `alpha`, and ``dropout`` and ``augment`` of the rule.

    A decoder that was trained on whole samples takes the future for silence. If classes differ in
    rates, the scores of the first steps are misleading. The mean evidence of the rest is added to
    the scores if this makes decisions on held-out folds earlier.

    Use ``streaming=True`` if a network chooses settings that cannot stream.

    References
    ----------
    .. [1] U. Mori, A. Mendiburu, S. Dasgupta, J. A. Lozano, "Early classification of time series by
        simultaneously optimizing the accuracy and earliness", IEEE Transactions on Neural Networks
        and Learning Systems 29, 2018.

    Examples
    --------
    >>> from skspike import EarlyClassifier, SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(300, 20, 200, rates=(20.0, 40.0), random_state=0)
    >>> model = EarlyClassifier(SpikeTrainClassifier(["rate"])).fit(X[:200], y[:200])
    >>> model.score(X[200:], y[200:]) > 0.95
    True
    >>> bool(model.decision_times(X[200:]).mean() < 100)
    True
    """

    _plugins = {"estimator": {None: SNNClassifier}}

    def __init__(
            self, estimator: Any = None, *, accuracy: float | None = None,
            step: float | None = None, dt: float | None = None, n_beginnings: int = 0,
            cv: Any = None, random_state: Seed = None):
        self.estimator = estimator
        self.accuracy = accuracy
        self.step = step
        self.dt = dt
        self.n_beginnings = n_beginnings
        self.cv = cv
        self.random_state = random_state

    # `groups` is for the folds, and nothing is passed on to the inner classifier
    get_metadata_routing = Estimator.get_metadata_routing

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # as SpikeTrainClassifier
        return tags

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, *, groups: ArrayLike | None = None) -> Self:
        """Choose the threshold on held-out folds, and fit the classifier on all samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Samples of equal length, as `estimator` takes them.
        y : array-like of shape (n_samples,)
            Class labels.
        groups : array-like of shape (n_samples,) or None, default=None
            Groups of samples that folds keep together, such as speakers or blocks of a recording.

        Returns
        -------
        self : EarlyClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter is outside its range, samples have unequal length, `n_beginnings` is not
            0 for rows of features, or the fitted classifier cannot stream.
        TypeError
            If `estimator` is not a classifier that can stream.
        """
        self._check_template()
        if not hasattr(last_of(self._template()), "stream"):
            raise TypeError(
                "estimator must be a classifier that can stream: an SNNClassifier, a "
                "SpikeTrainClassifier, or a Pipeline of a SpikeEncoder and a network. Got "
                f"{self._template()!r}.")
        wanted = check_number(self.accuracy, "accuracy", low=0, high=1, none=True)
        check_number(self.n_beginnings, "n_beginnings", low=0, high=MOST_BEGINNINGS, integer=True)
        X, y = check_input(self, X, y, reset=True, keeps_missing=True)
        if isinstance(X, Ragged):
            raise ValueError("EarlyClassifier needs samples of equal length. Cut them first.")
        if X.ndim == 2 and self.n_beginnings:
            raise ValueError(
                "n_beginnings needs rasters or series, because rows of features have no beginning. "
                "Set n_beginnings=0.")
        y = self._checked_classes(y)
        check_consistent_length(y, groups)
        self.n_steps_in_ = X.shape[2] if X.ndim == 3 else None
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        found = [
            self._held_out(X, y, train, test, seed) for train, test in folds(self.cv, y, groups)]
        self._fit_inner(X, y, seed)
        confidence, right = map(np.concatenate, zip(*found, strict=True))
        self._choose(confidence, right, wanted)
        return self

    def _fit_inner(self, X: Array, y: Array, seed: int) -> None:
        """Fit the classifier, and the mean evidence of the rest of a sample."""
        self.estimator_ = seeded(clone(self._template()), seed).fit(
            *self._with_beginnings(X, y, seed))
        self.classes_ = self.estimator_.classes_
        dt = check_number(self.dt, "dt", **DT_LIMITS, none=True)
        last = last_of(self.estimator_)
        if dt is None:  # an encoder comes first
            steps = steps_of(self.estimator_)
            dt = next((step.dt_ for step in steps if hasattr(step, "dt_")), 1.0)
        n_steps = self.n_steps_in_ or getattr(last, "n_steps_", None) or X.shape[1]
        width = -(-n_steps // N_CHECKS)
        if self.step is not None:
            width = check_steps(self.step, "step", dt, n_steps)
        self._steps = np.append(np.arange(width, n_steps, width), n_steps)
        self.times_ = self._steps * dt
        stream_of(self.estimator_)  # raises if it cannot stream
        scores = _running_scores(self.estimator_, X, self._steps)
        self.expected_ = (scores[:, -1:] - scores).mean(axis=0)

    def _with_beginnings(self, X: Array, y: Array, seed: int) -> tuple[Any, Array]:
        """Return samples and labels, with copies of the samples that end at random times."""
        if not self.n_beginnings:
            return X, y
        n_steps = X.shape[2]
        shortest = -(-n_steps // SHORTEST)
        ends = check_random_state(seed).randint(
            shortest, max(n_steps, shortest + 1), (self.n_beginnings, len(X)))
        copies = [x[:, :end] for row in ends for x, end in zip(X, row, strict=True)]
        return [*X, *copies], np.tile(y, 1 + self.n_beginnings)

    def _held_out(
            self, X: Array, y: Array, train: Array, test: Array,
            seed: int) -> tuple[Array, Array]:
        """Return confidence and correctness at each time, without and with expected evidence."""
        part = clone(self)
        part.n_steps_in_ = self.n_steps_in_
        part._fit_inner(X[train], y[train], seed)
        scores = _running_scores(part.estimator_, X[test], part._steps)
        scores = np.stack([scores, scores + part.expected_], axis=1)
        right = part.classes_[scores.argmax(axis=3)] == y[test][:, np.newaxis, np.newaxis]
        return softmax(scores, axis=3).max(axis=3), right

    def _choose(self, confidence: Array, right: Array, wanted: float | None) -> None:
        """Choose threshold and deadline from the results on held-out samples."""
        self.whole_accuracy_ = whole = float(right[:, 0, -1].mean())
        if wanted is not None and wanted > whole:
            warn(
                f"EarlyClassifier decides at the end of each sample, because accuracy="
                f"{shown(wanted)} is above the accuracy of whole samples, {whole:.3f}.")
        loss = ACCEPTED_LOSS if wanted is None else whole - wanted
        plain, corrected = (
            _Stopping.chosen(confidence[:, k], right[:, k], self.times_, loss) for k in (0, 1))
        if corrected.mean_time < plain.mean_time:
            plain = corrected
        else:
            self.expected_ = np.zeros_like(self.expected_)
        self.threshold_, self._deadline = plain.threshold, plain.deadline
        self.thresholds_, self.accuracies_, self.mean_times_ = plain.curve
        self.deadline_ = float(self.times_[self._deadline])

    def _early(self, X: Any) -> tuple[Array, Array]:
        """Return the scores at the decision, and the index of its time."""
        check_is_fitted(self)
        X = check_input(self, X, reset=False, keeps_missing=True)
        if X.ndim == 3 and (isinstance(X, Ragged) or X.shape[2] != self.n_steps_in_):
            raise ValueError(
                f"EarlyClassifier was fitted on samples of {self.n_steps_in_} steps and got "
                f"{'other lengths' if isinstance(X, Ragged) else X.shape[2]}.")
        n_checks = self._deadline + 1
        scores = total(
            _running_scores(self.estimator_, X, self._steps[:n_checks]),
            self.expected_[:n_checks])
        stop = _first(softmax(scores, axis=2).max(axis=2) >= self.threshold_)
        return scores[np.arange(len(stop)), stop], stop

    def _decide(self, method: str, X: Any) -> Array:
        """Return the result of a method at the time of the decision."""
        scores, _ = self._early(X)
        found: Array = getattr(OneColumn(self.classes_), READERS[method])(scores)
        return found

    @consistent
    def decision_times(self, X: ArrayLike) -> Array:
        """Return the time of the decision on each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Samples of the length in `fit`.

        Returns
        -------
        times : ndarray of shape (n_samples,)
            Times in ms, some of `times_`.

        Raises
        ------
        ValueError
            If X has other channels or another length than the samples in `fit`.
        """
        _, stop = self._early(X)
        return self.times_[stop]

    def stream(self) -> Stream:
        """Return a stream, which takes one sample step by step and decides when it is sure.

        Returns
        -------
        stream : skspike.Stream
            A stream at the start of a sample.
        """
        check_is_fitted(self)
        return EarlyStream(
            stream_of(self.estimator_), *stopping_of(self), self.threshold_, self.classes_,
            float(self.times_[-1] / self._steps[-1]))


class EarlyStream(Stream):
    """Stream of a classifier that decides when it is sure, whose output is whether it is.

    `inner` is the stream of the classifier. `steps` are the steps of possible decisions, the last
    one being the deadline, and `expected` the evidence of the rest of a sample at each.
    """

    adapt = absent

    def __init__(
            self, inner: Stream, steps: Array, expected: Array, threshold: float, classes: Array,
            dt: float):
        self._inner, self._expected, self._threshold, self._dt = inner, expected, threshold, dt
        self._checks = {step: k for k, step in enumerate(steps.tolist())}
        self._reader = OneColumn(classes)
        self._is_decided, self._clock = np.zeros(1, bool), np.zeros(1, np.int64)
        self._scores = np.zeros(len(classes))
        inner.reset()
        self._read(0)
        self._complete(
            "EarlyClassifier", inner._shape[0],
            [*inner._kept, self._is_decided, self._clock, self._scores],
            inner, steps, expected, threshold, classes, dt)

    def __copy__(self) -> Self:
        # a plain copy would share the stream of the classifier
        return copy.deepcopy(self)

    @property
    def decided(self) -> bool:
        """Whether the decision is made."""
        return bool(self._is_decided[0])

    @property
    def time(self) -> float:
        """Time of the decision in ms, or of the latest step."""
        return float(self._clock[0] * self._dt)

    def step(self, x: Any) -> bool:
        """Take the input of one step, or of several, and return whether the decision is made."""
        x = x if isinstance(x, np.ndarray) else as_numbers(x, f"{self._name}.stream")
        if x.ndim != 2 or not x.size:  # one step, or an error of the stream inside
            self._step(x)
            return self.decided
        before = self.state
        try:
            for column in x.T:
                self._step(column)
        except BaseException:
            self.state = before
            raise
        return self.decided

    def _step(self, x: Any) -> Any:
        """Take one step, unless the decision is made."""
        if self.decided:
            return
        self._inner.step(x)
        self._clock += 1
        check = self._checks.get(int(self._clock[0]))
        if check is not None:
            self._read(check)
            is_sure = softmax(self._scores).max() >= self._threshold
            self._is_decided[:] = is_sure or check == len(self._checks) - 1

    def _read(self, check: int) -> None:
        """Read the scores of the classes at one of the possible times."""
        scores = as_columns(np.asarray(self._inner.decision_function()))
        self._scores[:] = total(scores, self._expected[check])

    def _outputs(self) -> Array:
        """Return the scores at the decision, or at the latest possible one."""
        return self._scores[np.newaxis].copy()


def stopping_of(fitted: EarlyClassifier) -> tuple[Array, Array]:
    """Return the steps of possible decisions up to the deadline, and the expected evidence."""
    n_checks = fitted._deadline + 1
    return fitted._steps[:n_checks], fitted.expected_[:n_checks]


def _running_scores(model: Any, X: Array, steps: Array) -> Array:
    """Return the scores of the classes after some steps, (n_samples, n_checks, n_classes)."""
    model, X = unfrozen(model), X[:, :, : steps[-1]] if X.ndim == 3 else X
    if hasattr(last_of(model), "running_decision"):
        if isinstance(model, Pipeline) and len(model.steps) > 1:
            X = model[:-1].transform(X)
        return as_columns(last_of(model).running_decision(X, steps), 2)
    # a rule of one's own may have a stepper only
    stream, found = stream_of(model), []
    for x in X:
        stream.reset()
        series = np.repeat(x[:, np.newaxis], steps[-1], axis=1) if x.ndim == 1 else x
        for part in np.split(series[:, : steps[-1]], steps[:-1], axis=1):
            stream.step(part)
            found.append(stream.decision_function())
    return as_columns(np.reshape(found, (len(X), len(steps), *np.shape(found[0]))), 2)


class _Stopping(NamedTuple):
    """A threshold and the index of the deadline, and how they do on held-out samples."""

    threshold: float
    deadline: int
    mean_time: float
    curve: tuple[Array, Array, Array]  # thresholds, accuracies, mean times

    @classmethod
    def chosen(cls, confidence: Array, right: Array, times: Array, loss: float) -> Self:
        """Return the earliest rule that loses no more accuracy than `loss`."""
        rows, whole = np.arange(len(right)), right[:, -1]
        deadline = _from_where(_surest_loss(whole[:, np.newaxis], right) <= loss / 2)
        confidence = confidence[:, : deadline + 1]
        levels = np.unique(np.quantile(confidence, np.linspace(0, 1, N_THRESHOLDS)))
        levels = np.append(levels, np.inf)
        stops = np.stack([_first(confidence >= level) for level in levels], axis=1)
        decided = right[rows[:, np.newaxis], stops]
        mean_times = times[stops].mean(axis=0)
        best = _from_where(_surest_loss(whole[:, np.newaxis], decided) <= loss)
        return cls(
            float(levels[best]), deadline, float(mean_times[best]),
            (levels, decided.mean(axis=0), mean_times))


def _surest_loss(whole: Array, decided: Array) -> Array:
    """Return the loss of accuracy plus its standard errors, for each column of decisions."""
    difference = whole.astype(float) - decided
    errors = difference.std(axis=0) / np.sqrt(len(difference))
    return np.asarray(difference.mean(axis=0) + N_ERRORS * errors)


def _from_where(holds: Array) -> int:
    """Return the first index from which on a condition holds, or the last index."""
    broken = np.flatnonzero(~holds)
    return min(int(broken[-1]) + 1, len(holds) - 1) if len(broken) else 0


def _first(sure: Array) -> Array:
    """Return the first time at which a sample is sure, or else the last one."""
    sure = sure.copy()
    sure[:, -1] = True
    return np.asarray(sure.argmax(axis=1))


def total(scores: Array, expected: Array) -> Array:
    """Return scores with the expected evidence, rounded, so that equal scores stay equal."""
    return (scores + expected).round(9)


def as_columns(scores: Array, n_dims: int = 0) -> Array:
    """Return one score for each class, also for two classes, whose difference has n_dims axes."""
    return np.stack([-scores / 2, scores / 2], axis=-1) if scores.ndim == n_dims else scores

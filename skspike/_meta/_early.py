"""Classification that stops when it is sure.

A sample is read as features that grow with its steps: spike counts of neurons, or the scores of a
class model. Each time of a possible decision has its own linear readout of the features so far.
"""

import contextlib
import copy
from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_classifier
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted, column_or_1d

from .._base import (
    LINEAR_CLASSIFIERS, READERS, SKIPPED, Array, Estimator, InnerClassifierMixin, Ragged, Seed,
    Step, Stream, absent, as_numbers, atomic, check_input, check_number, check_steps,
    checked_classes, consistent, given_dt, last_of, one_task, seeded, shown, unfrozen, warn,
    warn_if_table, with_dt)
from .._networks import OneColumn, SpikingNetwork, SpikingRocket, stream_of
from ..learning import Reservoir
from ._readouts import (
    Calibration, Ridge, Stopping, best_penalty, discriminant, first, probabilities, shared, targets)
from ._sliding import folds

N_CHECKS = 20  # default number of times at which a decision is possible
N_NEURONS = 1000  # of the default classifier
N_FOLDS = 3  # for models that learn from labels


def _default() -> SpikingRocket:
    return SpikingRocket(N_NEURONS, streaming=True)


class EarlyClassifier(InnerClassifierMixin, Estimator):
    """Stop when sure: decide before the end of a sample.

    The spikes of a network, or the scores of a classifier of spike trains, grow with each step.
    This classifier fits a linear readout of the steps so far for each time at which it may decide.
    It decides as soon as the probability of a class reaches a threshold. `fit` chooses the
    threshold on samples that were left out, by the worth of time (`cost`) or for a wanted accuracy.

    Parameters
    ----------
    estimator : estimator, default=None
        Model that can stream, which is cloned: a `SpikingRocket` with ``streaming=True``, an
        `SNNClassifier`, a `SpikeTrainClassifier`, or a Pipeline of a `SpikeEncoder` and a network.
        After a `SpikingRocket`, a Pipeline may have a last step, a linear classifier, which the
        readouts replace. The readouts of a :class:`~sklearn.ensemble.VotingClassifier` of such
        models, but not of a `SpikeTrainClassifier`, get the features of all of them, whatever its
        ``voting`` and ``weights``. None:
        ``SpikingRocket(1000, streaming=True)``, for series and rasters.
    cost : float, default=0.1
        Accuracy that a whole sample of time is worth, from 0 to 10. The threshold maximises the
        accuracy minus `cost` times the part of the sample before the decision. Higher values give
        earlier decisions. With 0.1, a decision after half of the sample may cost 5 points.
    accuracy : float or None, default=None
        Wanted accuracy on samples that were left out, from 0 to 1. The threshold with the earliest
        decisions that reaches it is taken, and `cost` is ignored. If no threshold reaches it, all
        decisions are at the end, with a warning. None: `cost` decides.
    step : float or None, default=None
        Time between possible decisions in ms, at least one step, rounded to steps. None: a
        twentieth of the sample.
    dt : float, RasterInfo or None, default=None
        Length of a time step in ms. None: that of `estimator`, or 1 ms if it has none. Each part of
        `estimator` whose `dt` is None takes it over.
    cv : int, cross-validation splitter, list of (train, test) or None, default=None
        Folds for the threshold, if the features learned from labels. Random neurons
        (`SpikingRocket`, and networks with ``rule=None``) ignore it: each sample is left out in
        turn, in closed form. An integer is the number of stratified folds, which keep `groups`
        together. None: 3 folds, or as many as the smallest class has samples.
    random_state : int, RandomState instance or None, default=None
        Seed of each random state in `estimator` that is None. The others are used as they are.

    Attributes
    ----------
    threshold_ : float
        Probability at which a decision is made. Infinite if all decisions are at the end.
    times_ : ndarray of shape (n_checks,)
        Times of possible decisions in ms. The last one is the length of a sample.
    thresholds_, accuracies_, mean_times_ : ndarray of shape (n_thresholds,)
        Candidates in ascending order, with accuracy and mean time of decision in ms on samples that
        were left out. The last one decides at the end.
    whole_accuracy_ : float
        Accuracy of whole samples that were left out.
    integrators_ : ndarray of shape (n_features, n_integrators) or None
        Weights of features in sums that the readouts of all times share, at most 32 or twice the
        number of classes. None if features are the scores of a class model.
    coef_ : ndarray of shape (n_checks, n_integrators, n_classes)
        Weights of the sums in the logits of the classes at each time.
    intercept_ : ndarray of shape (n_checks, n_classes)
        Intercepts of the logits.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : estimator
        The model, fitted on all samples, without the last step that the readouts replace.
    n_features_in_ : int
        Number of channels (3-D input), features, or length of the series (2-D input).
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
    RejectingClassifier : Reject samples that do not look like the training data.

    Notes
    -----
    The readout of a time is a ridge regression on the features of the steps so far, with 1 for the
    class of a sample and -1 for the other classes, and a linear discriminant of its scores. Its
    penalty has the smallest squared error on samples that were left out. A factor for each time
    turns the scores into logits. It maximises their likelihood [1]_ on these samples and one more,
    whose class is unknown, so that few samples do not make it too sure. Factors are averaged over
    five times. Scores of a class model are not fitted again, and get a factor and a shift for each
    class.

    The value of a threshold is the mean, over samples that were left out, of (right + p) / 2 - cost
    * t, where right is 0 or 1, p the probability of the class, and t the part of the sample before
    the decision. A search for one threshold [2]_ was as good as more complicated rules. With few
    samples, such as 10 for each class, the threshold is uncertain, and more than 1 point can be
    lost.

    The readouts of all times are approximated by sums that they share, so that a device adds each
    spike to these sums only.

    Memory of a fit is about 7 bytes for each sample, time and random neuron: 140 MB for 1000
    samples and 1000 neurons. For features of a network it is about 20 bytes.

    Set ``streaming=True`` in a network, so that it chooses settings that can stream.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks",
        ICML 2017.
    .. [2] U. Mori, A. Mendiburu, S. Dasgupta, J. A. Lozano, "Early classification of time series by
        simultaneously optimizing the accuracy and earliness", IEEE Transactions on Neural Networks
        and Learning Systems 29, 2018.

    Examples
    --------
    >>> from skspike import EarlyClassifier, SpikeTrainClassifier
    >>> from skspike.datasets import make_poisson
    >>> X, y = make_poisson(300, 20, 200, rates=(20.0, 40.0), random_state=0)
    >>> model = EarlyClassifier(SpikeTrainClassifier(["rate"])).fit(X[:200], y[:200])
    >>> round(model.score(X[200:], y[200:]), 2)
    0.99
    >>> print(round(model.decision_times(X[200:]).mean()))
    48
    """

    _plugins = {"estimator": {None: _default}}
    integrators_: Array | None

    def __init__(
            self, estimator: Any = None, *, cost: float = 0.1, accuracy: float | None = None,
            step: float | None = None, dt: Step | None = None, cv: Any = None,
            random_state: Seed = None):
        self.estimator = estimator
        self.cost = cost
        self.accuracy = accuracy
        self.step = step
        self.dt = dt
        self.cv = cv
        self.random_state = random_state

    # `groups` is for the folds, and nothing is passed on to the inner classifier
    get_metadata_routing = Estimator.get_metadata_routing

    def _check_decides(self, method: str) -> None:
        """All methods exist, whether the model classifies itself or not."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # as SpikeTrainClassifier
        return tags

    @atomic
    @one_task
    def fit(self, X: ArrayLike, y: ArrayLike, *, groups: ArrayLike | None = None) -> Self:
        """Fit the model and the readouts, and choose the threshold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
            Samples of equal length, as `estimator` takes them. Rows are series of one channel for a
            `SpikingRocket`, and constant features for a network.
        y : array-like of shape (n_samples,)
            Class labels.
        groups : array-like of shape (n_samples,) or None, default=None
            Groups of samples that are left out together, such as speakers or blocks of a recording.

        Returns
        -------
        self : EarlyClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter is outside its range, samples have unequal length, the fitted model
            cannot stream, a class is in one of the `groups` only, or a fold lacks a class.
        TypeError
            If `estimator` is not a model that can stream.
        """
        _streaming_part(self._template())  # raises if it cannot stream
        dt = given_dt(self)
        cost = check_number(self.cost, "cost", low=0, high=10)
        wanted = check_number(self.accuracy, "accuracy", low=0, high=1, none=True)
        X, y = check_input(self, X, y, reset=True, keeps_missing=True)
        if isinstance(X, Ragged):
            raise ValueError("EarlyClassifier needs samples of equal length. Cut them first.")
        y = checked_classes(y, type(self).__name__)
        self.n_steps_in_ = X.shape[2] if X.ndim == 3 else None
        self.classes_, y = np.unique(y, return_inverse=True)
        groups = _checked_groups(groups, y)
        seed = check_random_state(self.random_state).randint(2**31 - 1)

        def fitted(rows: Any) -> Any:
            model = _streaming_part(seeded(with_dt(self._template(), dt), seed))
            return model.fit(X[rows], self.classes_[y[rows]])

        # fit the model, and choose the times
        self.estimator_ = model = fitted(slice(None))
        has_features = hasattr(stream_of(model), "features")  # raises if it cannot stream
        if X.ndim == 2:
            self._warn_if_table(X)
        self._set_times(X, dt or 1.0)
        # fit the readouts, and score samples that were left out
        is_blind = has_features and _is_blind(model)
        splits = [] if is_blind else _checked_folds(folds(self.cv, y, groups, N_FOLDS), y)
        parts = ((fitted(train), train, test) for train, test in splits)
        left_out = self._fit_readouts(X, y, groups, parts) if has_features else (
            self._calibrate(X, y, parts))
        self._choose(*left_out, cost, wanted)
        return self

    def _warn_if_table(self, X: Array) -> None:
        """Warn if the rows of X may have no time."""
        models = getattr(self.estimator_, "models", [self.estimator_])
        if any(isinstance(last_of(unfrozen(model)), SpikingNetwork) for model in models):
            warn(
                "EarlyClassifier got a table (2-D input). A network gets all features in each of "
                "its steps, so an early decision saves steps of the network, and no part of a "
                "signal. If each row is a series, pass X[:, np.newaxis].")
        elif X.shape[1] < N_CHECKS:
            warn(
                f"EarlyClassifier reads each row of 2-D input as a series of {X.shape[1]} steps. "
                "If the columns are features, nothing arrives later, and an early decision ignores "
                "the last columns: use the model alone. If each row is a series, pass X[:, "
                "np.newaxis].")
        else:
            warn_if_table(X, "EarlyClassifier")

    def _set_times(self, X: Array, dt: float) -> None:
        """Set the times of possible decisions."""
        models = getattr(self.estimator_, "models", [self.estimator_])
        lengths = {
            int(self.n_steps_in_ or getattr(last_of(unfrozen(model)), "n_steps_", X.shape[1]) or 0)
            for model in models}
        if len(lengths) > 1:
            raise ValueError(
                "The models of a VotingClassifier must take rows for equally many steps, got "
                f"{sorted(lengths)}. Set n_steps of the networks, or pass series (3-D).")
        (n_steps,) = lengths
        if self.step is None:
            found = np.round(np.linspace(0, n_steps, N_CHECKS + 1)).astype(int)
            self._steps = np.unique(found)[1:]
        else:
            width = check_steps(self.step, "step", dt, n_steps)
            self._steps = np.append(np.arange(width, n_steps, width), n_steps)
        self.times_ = self._steps * dt

    def _fit_readouts(
            self, X: Array, y: Array, groups: Array | None,
            parts: Iterable[tuple[Any, Array, Array]]) -> tuple[Array, Array]:
        """Fit a readout for each time. Return the logits and the labels of left-out samples.

        Each of `parts` is a model that was fitted on some samples, these samples, and the samples
        that were left out. Without any, samples are left out in closed form.
        """
        Y, F = targets(y, len(self.classes_)), _features(self.estimator_, X, self._steps)
        held, candidates = [np.arange(0)], []
        for model, train, test in parts:
            held.append(test)
            part = _features(model, X, self._steps)
            candidates.append([
                Ridge(part[train, k], Y[train]).scores(part[test, k], Y.mean(axis=0))
                for k in range(len(self._steps))])
        rows = np.concatenate(held) if candidates else np.arange(len(y))
        weights, offsets, scores = [], [], []
        for k in range(len(self._steps)):
            ridge = Ridge(F[:, k], Y)
            found = np.concatenate([part[k] for part in candidates], axis=1) if candidates else (
                ridge.left_out_scores(groups))
            best = best_penalty(found, Y[rows])
            mixed, shift = discriminant(found[best], y[rows])
            weights.append(ridge.weights(best) @ mixed)
            offsets.append(ridge.offset @ mixed + shift)
            scores.append(found[best] @ mixed + shift)
        left_out = np.stack(scores, axis=1)
        calibration = Calibration.of(left_out, y[rows], with_shifts=False)
        factors = calibration.factors[:, np.newaxis]
        # in float32, as in C
        spread = np.sqrt(np.mean([F[:, k].var(axis=0) for k in range(len(self._steps))], axis=0))
        self.integrators_, self.coef_ = (part.astype(np.float32) for part in shared(
            factors[:, np.newaxis] * np.stack(weights), spread))
        means = np.einsum("kr,krc->kc", F.mean(axis=0) @ self.integrators_, self.coef_)
        self.intercept_ = (factors * np.stack(offsets) - means).astype(np.float32)
        return calibration.logits(left_out), y[rows]

    def _calibrate(
            self, X: Array, y: Array,
            parts: Iterable[tuple[Any, Array, Array]]) -> tuple[Array, Array]:
        """Calibrate a class model. Return the logits and the labels of left-out samples."""
        found = [(_features(model, X[test], self._steps), y[test]) for model, _, test in parts]
        scores, labels = (np.concatenate(part) for part in zip(*found, strict=True))
        calibration = Calibration.of(scores, labels, with_shifts=True)
        n_classes, self.integrators_ = len(self.classes_), None
        factors = calibration.factors[:, np.newaxis].astype(np.float32)
        self.coef_ = factors[:, np.newaxis] * np.eye(n_classes, dtype=np.float32)
        self.intercept_ = (factors * calibration.shifts).astype(np.float32)
        return calibration.logits(scores), labels

    def _choose(self, logits: Array, y: Array, cost: float, wanted: float | None) -> None:
        """Choose the threshold on samples that were left out."""
        self.whole_accuracy_ = whole = float((logits[:, -1].argmax(axis=1) == y).mean())
        found = Stopping.of(probabilities(logits), y, self.times_, cost, wanted)
        if wanted is not None and (found.accuracies < wanted).all():
            warn(
                f"EarlyClassifier decides at the end of each sample, because accuracy="
                f"{shown(wanted)} is above the accuracy of whole samples, {whole:.3f}.")
        self.thresholds_, self.accuracies_, self.mean_times_, chosen = found
        self.threshold_ = float(found.thresholds[chosen])

    def _read(self, X: Any) -> tuple[Array, Array]:
        """Return sums and logits at all times, as `read` returns them."""
        check_is_fitted(self)
        X = check_input(self, X, reset=False, keeps_missing=True)
        if X.ndim == 3 and (isinstance(X, Ragged) or X.shape[2] != self.n_steps_in_):
            raise ValueError(
                f"EarlyClassifier was fitted on samples of {self.n_steps_in_} steps and got "
                f"{'other lengths' if isinstance(X, Ragged) else X.shape[2]}.")
        return read(
            _features(self.estimator_, X, self._steps, self.integrators_), self.integrators_,
            self.coef_, self.intercept_)

    def _early(self, X: Any) -> tuple[Array, Array, Array]:
        """Return the sums and the logits at the decision, and the index of its time."""
        sums, logits = self._read(X)
        stop = first(probabilities(logits).max(axis=2) >= self.threshold_)
        rows = np.arange(len(stop))
        return sums[rows, stop], logits[rows, stop], stop

    def _decide(self, method: str, X: Any) -> Array:
        """Return the result of a method at the time of the decision."""
        _, logits, _ = self._early(X)
        found: Array = getattr(OneColumn(self.classes_), READERS[method])(logits)
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
        _, _, stop = self._early(X)
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
            stream_of(self.estimator_), self._steps, self.integrators_, self.coef_,
            self.intercept_, self.threshold_, self.classes_,
            float(self.times_[-1] / self._steps[-1]))


def checks_of(fitted: EarlyClassifier) -> tuple[Array, Array]:
    """Return the steps of possible decisions, and the logits before the first step."""
    return fitted._steps, fitted.stream()._outputs()[0]


@contextlib.contextmanager
def all_or_nothing(stream: Stream) -> Iterator[None]:
    """Restore the state of a stream if one of several steps fails."""
    before = stream.state
    try:
        yield
    except BaseException:
        stream.state = before
        raise


class EarlyStream(Stream):
    """Stream of a classifier that decides when it is sure, whose output is whether it is.

    `inner` is the stream of the model, and `steps` are the steps of possible decisions.
    """

    adapt = absent

    def __init__(
            self, inner: Stream, steps: Array, integrators: Array | None, coef: Array,
            intercept: Array, threshold: float, classes: Array, dt: float):
        self._inner, self._threshold, self._dt = inner, threshold, dt
        self._integrators, self._coef, self._intercept = integrators, coef, intercept
        self._checks = {step: k for k, step in enumerate(steps.tolist())}
        self._reader = OneColumn(classes)
        self._is_decided, self._clock = np.zeros(1, bool), np.zeros(1, np.int64)
        self._logits = np.zeros(len(classes))
        inner.reset()
        self._read(0)
        self._complete(
            "EarlyClassifier", inner._shape[0],
            [*inner._kept, self._is_decided, self._clock, self._logits],
            inner, steps, integrators, coef, intercept, threshold, classes, dt)

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
        with all_or_nothing(self):
            for column in x.T:
                self._step(column)
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
            is_sure = probabilities(self._logits).max() >= self._threshold
            self._is_decided[:] = is_sure or check == len(self._checks) - 1

    def _read(self, check: int) -> Array:
        """Read the logits of the classes at one of the possible times. Return the sums."""
        at, sums = slice(check, check + 1), _features_of_stream(self._inner)
        if self._integrators is not None:
            sums = np.matmul(sums, self._integrators, dtype=float)
        sums, logits = read(
            sums[np.newaxis, np.newaxis], self._integrators, self._coef[at], self._intercept[at])
        self._logits[:] = logits[0, 0]
        return sums[0, 0]

    def _outputs(self) -> Array:
        """Return the logits at the decision, or at the latest possible one."""
        return self._logits[np.newaxis].copy()


def _streaming_part(template: Any) -> Any:
    """Return a model without the linear classifier that the readouts replace, or raise."""
    inner = unfrozen(template)
    if isinstance(inner, VotingClassifier):
        if inner is template:
            models = [model for _, model in inner.estimators if model != "drop"]
        else:
            models = [FrozenEstimator(model) for model in inner.estimators_]
        return Joined([_streaming_part(model) for model in models])
    steps = [unfrozen(step) for _, step in inner.steps if step not in SKIPPED] if isinstance(
        inner, Pipeline) else [inner]
    replaced, last = [], steps.pop() if steps else None
    while steps and isinstance(last, (*LINEAR_CLASSIFIERS, StandardScaler)):
        replaced.append(last)
        last = steps.pop()
    if isinstance(last, type) or not hasattr(last, "running_features") and not (
            hasattr(last, "stream") and is_classifier(last)):
        raise TypeError(
            "estimator must be a model that can stream: SpikingRocket(streaming=True), an "
            "SNNClassifier, a SpikeTrainClassifier, or a Pipeline of a SpikeEncoder and a network, "
            f"or of a SpikingRocket and a linear classifier. Got {template!r}.")
    if not replaced:
        return template
    part = inner[: 1 + [unfrozen(step) for _, step in inner.steps].index(last)]
    return part if inner is template else FrozenEstimator(part)


def _is_blind(model: Any) -> bool:
    """Return whether the features of a fitted model do not depend on labels."""
    last = unfrozen(last_of(unfrozen(model)))
    if isinstance(last, Joined):
        return all(map(_is_blind, last.models))
    return isinstance(last, SpikingRocket) or isinstance(last.rule_, Reservoir)


def _checked_groups(groups: Any, y: Array) -> Array | None:
    """Return groups as numbers, or raise if a class would be missing without one of them."""
    if groups is None:
        return None
    check_consistent_length(y, groups)
    try:
        found: Array = np.unique(column_or_1d(groups), return_inverse=True)[1]
    except (TypeError, ValueError) as error:
        raise ValueError(
            "groups must be one name or number for each sample, without missing ones, got "
            f"{shown(groups)}.") from error
    for label in np.unique(y):
        if len(np.unique(found[y == label])) < 2:
            raise ValueError(
                f"groups must have each class in at least 2 groups, and class number {label} is in "
                "one. Divide the groups, or collect more of them.")
    return found


def _checked_folds(
        found: list[tuple[Array, Array]], y: Array) -> list[tuple[Array, Array]]:
    """Return folds, or raise if a training part lacks a class."""
    for train, test in found:
        if not len(test) or max(np.max(train, initial=0), np.max(test, initial=0)) >= len(y):
            raise ValueError(
                f"cv must have folds of indices below {len(y)}, with at least one test sample, got "
                f"{shown(np.asarray(test))}.")
        if len(np.unique(y[train])) < y.max() + 1:
            raise ValueError(
                "The training part of each fold must have samples of all classes. Pass other folds "
                "(cv), or groups that have several classes.")
    return found


class Joined:
    """Models whose features are joined.

    Parameters
    ----------
    models : list
        Models with ``running_features``, or pipelines that end with one.
    """

    def __init__(self, models: list[Any]):
        if not models or not all(
                hasattr(unfrozen(last_of(unfrozen(model))), "running_features")
                for model in models):
            raise TypeError(
                "A VotingClassifier decides early if all its models are networks or random neurons,"
                f" got {models!r}.")
        self.models = models

    def fit(self, X: Array, y: Array) -> Self:
        """Fit all models."""
        for model in self.models:
            model.fit(X, y)
        return self

    def running_features(self, X: Array, steps: Array, weights: Array | None = None) -> Array:
        """Return the features after some steps, or weighted sums."""
        found = np.concatenate([_features(model, X, steps) for model in self.models], axis=2)
        return found if weights is None else np.matmul(found, weights, dtype=float)

    def stream(self) -> Stream:
        """Return the streams of all models as one."""
        return JoinedStream(*map(stream_of, self.models))


class JoinedStream(Stream):
    """Streams that take the same input, and whose features are joined."""

    decision_function = predict_proba = predict = adapt = absent

    def __init__(self, *streams: Any):
        self._streams = streams
        self._complete(
            "VotingClassifier", streams[0]._shape[0],
            [array for stream in streams for array in stream._kept], *streams)

    def step(self, x: Any) -> None:
        """Take the input of one step, or of several."""
        with all_or_nothing(self):
            for stream in self._streams:
                stream.step(x)

    def features(self) -> Array:
        """Return the features so far, (n_features,)."""
        return np.concatenate([_features_of_stream(stream) for stream in self._streams])


def _features(model: Any, X: Array, steps: Array, weights: Array | None = None) -> Array:
    """Return the features after some steps, or weighted sums, (n_samples, n_times, n_features)."""
    model = unfrozen(model)
    last = unfrozen(last_of(model))
    has_features = hasattr(last, "running_features")
    if has_features or hasattr(last, "running_decision"):
        if isinstance(model, Pipeline) and len(model.steps) > 1:
            X = model[:-1].transform(X)
        if not has_features:
            return as_columns(last.running_decision(X, steps), 2)
        found = last.running_features(X, steps, weights=weights)
        return np.asarray(found, np.float32 if weights is None else float)
    # a rule of one's own may have a stepper only
    stream, features = stream_of(model), []
    for x in X:
        stream.reset()
        series = np.repeat(x[:, np.newaxis], steps[-1], axis=1) if x.ndim == 1 else x
        for part in np.split(series, steps[:-1], axis=1):
            stream.step(part)
            features.append(_features_of_stream(stream))
    found = np.reshape(features, (len(X), len(steps), -1))
    return found if weights is None else np.matmul(found, weights, dtype=float)


def _features_of_stream(stream: Any) -> Array:
    """Return the features of a stream so far, (n_features,)."""
    if hasattr(stream, "features"):
        return np.asarray(stream.features())
    return as_columns(np.asarray(stream.decision_function()))


def read(
        sums: Array, integrators: Array | None, coef: Array,
        intercept: Array) -> tuple[Array, Array]:
    """Return sums, (n_samples, n_times, n_sums), and logits, (n_samples, n_times, n_classes).

    Logits are rounded, so that equal ones stay equal. Without integrators, the sums are the logits.
    """
    logits = np.matmul(sums.swapaxes(0, 1), coef, dtype=float).swapaxes(0, 1) + intercept
    logits = logits.round(9)
    return logits if integrators is None else sums, logits


def as_columns(scores: Array, n_dims: int = 0) -> Array:
    """Return one score for each class, also for two classes, whose difference has n_dims axes."""
    return np.stack([-scores / 2, scores / 2], axis=-1) if scores.ndim == n_dims else scores

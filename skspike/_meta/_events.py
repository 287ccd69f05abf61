"""Events in recordings without an end, which are found while they happen."""

import copy
import math
from statistics import mode
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._base import (
    HOUR, LARGEST, Array, Estimator, FittedArray, Ragged, Seed, Step, Stream, absent, as_numbers,
    atomic, axis_length, check_arrays, check_events, check_input, check_is_fitted, check_number,
    consistent, given_dt, is_raster, last_of, seeded, shown, warn, with_dt)
from .._networks import MAX_DELAY, MOST_STEPS, SNNClassifier, stream_of
from ..metrics import event_scores, matched
from ..neurons import LIF
from ..simulation import Leaky
from ._early import all_or_nothing
from ._event_decisions import Candidates, HighPass, Machine, decided, rates, upper_rate
from ._event_parts import GAP, TAIL, changed, folds_of, step_classes

# The default classifier: a network whose delays, time constants of the traces and of the membrane
# are in median lengths of events. On development data 500 random neurons had the same F1, decided
# later, and took three times the work of a step.
N_NEURONS, MEMBRANE = 128, 0.1
DELAYS, TRACES = (0.0, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28), (0.1, 0.4, 1.6)
N_FOLDS = 3
N_COPIES = 8  # of each recording of signals
TOLERANCE = 0.5  # default, in median lengths of events, and the refractory time
HIGH_PASS = 2.0  # default time constant, in median lengths of events
SMOOTHING = 0.0, 0.05, 0.1, 0.2, 0.4  # time constants, in median lengths of events
N_PEAKS = 4  # that may be thresholds, for each event
EARLY = 0.01  # part of the recordings that has all events if times are in seconds


class EventDetector(Estimator):
    """Find events in recordings while they happen.

    A classifier gives scores to each step of a recording, for the background and for each label of
    events. The detector smooths the scores, and decides when one reaches a threshold. `fit`
    chooses smoothing and threshold on recordings that were left out, for a wanted number of false
    alarms per hour.

    Parameters
    ----------
    estimator : estimator, default=None
        Classifier of steps, which is cloned: an `SNNClassifier` with ``readout="leaky"``, or any
        other whose ``fit(X, y)`` takes a list of recordings (n_channels, n_steps) and of classes
        (n_steps,), and whose ``decision_function`` returns log odds of all classes, (n_classes,
        n_steps), for each recording. None: ``SNNClassifier(128, readout="leaky")`` with
        delays and time constants of the length of the events.
    max_false_alarms : float or None, default=20.0
        Wanted number of false alarms per hour, above 0. With a probability of 95 % it is kept on
        new recordings like the training recordings. It takes 3 / `max_false_alarms` hours without
        a false alarm to show this, so that low numbers need `background` recordings. Of the
        thresholds that keep it, the one with the highest F1 is chosen, so there may be fewer false
        alarms than allowed. None: the threshold with the highest F1 of all. It depends on how
        frequent events are.
    tolerance : float or None, default=None
        Time after the end of an event in ms, at least 0, in which a decision still counts as
        right. None: half of the median length of the events in `fit`, and at least one step.
    highpass : float, "auto" or None, default="auto"
        Time constant in ms, at least one step, of a causal high-pass filter against drift, which
        subtracts a running mean of each channel. "auto": twice the median length of the events for
        signals, and no filter for spike trains. None: no filter.
    augment : int, "auto" or None, default="auto"
        Number of changed copies of each training recording of signals: at another speed (a factor
        from 0.78 to 1.28), with another amplitude (by 20 %), and with channels mixed by 7 %, as if
        the sensor was turned. "auto": 8 for signals, and none for spike trains. None: none.
    dt : float, RasterInfo or None, default=None
        Length of a time step in ms. None: that of `estimator`, or 1 ms if it has none. Each part of
        `estimator` whose `dt` is None takes it over.
    cv : int, cross-validation splitter, list of (train, test) or None, default=None
        Folds of recordings, for the threshold. Each recording is tested in one fold at most. If
        there are fewer recordings than folds, each recording is cut into as many blocks of time as
        there are folds. None: 3 folds.
    random_state : int, RandomState instance or None, default=None
        Seed of the copies, and of each random state in `estimator` that is None.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels of the events. Class 0 of `estimator_` is the background, and class k + 1 the
        label ``classes_[k]``.
    threshold_, release_ : float
        Smoothed margin at which an event is detected, and below which its label may be detected
        again.
    smoothing_ : float
        Time constant of the smoothing in ms.
    tolerance_ : float
        Tolerance in ms.
    dt_ : float
        Length of a step in ms.
    highpass_ : float or None
        Time constant of the high-pass filter in ms.
    latencies_ : ndarray of shape (n_classes,)
        Median time in ms from the onset of an event to its decision, on recordings that were left
        out.
    thresholds_, recalls_, false_alarms_ : ndarray of shape (n_thresholds,)
        Candidates in ascending order, with recall and false alarms per hour on recordings that
        were left out.
    f1_, recall_, false_alarms_per_hour_ : float
        F1, recall and false alarms per hour at the threshold, on recordings that were left out.
    max_false_alarms_ : float
        False alarms per hour that are not exceeded, with a probability of 95 %.
    estimator_ : estimator
        Classifier of steps, fitted on all recordings.
    n_features_in_ : int
        Number of channels.
    _n_dims_in : int
        Number of dimensions of the recordings in `fit` as an array. Always 3.
    _equal_length_in : bool
        Whether the recordings in `fit` had equal lengths.

    See Also
    --------
    skspike.metrics.event_scores : Score decisions about events.
    skspike.inspection.EventDisplay : Draw events, scores and decisions.
    skspike.inspection.DetectionDisplay : Draw recall against false alarms.
    EarlyClassifier : Decide before the end of samples that contain one event each.
    time_blocks : Cut recordings into blocks of time, for cross-validation.

    Notes
    -----
    The classifier learns the background as a class. Steps between the onset and 60 % of an event
    are not learned. The steps after it have its label, until a fifth of the median length of
    events after its end.

    The margin of a label is its output minus the largest other output, from -8 to 8. An event is
    detected when the largest smoothed margin reaches the threshold. No other event is detected for
    half of the median length of events, and none with this label before its margin has fallen
    halfway to the median margin. One threshold is used for all labels, because thresholds of each
    label need more events than there usually are.

    A decision is right if it has the label of an event, and comes from its onset until `tolerance`
    after its end. All others are false alarms, a second decision about an event too. Their number
    in some hours is a Poisson number, which has the upper bound ``-log(0.05) / hours`` per hour if
    there are none [1]_. If no threshold keeps `max_false_alarms` with this bound, `fit` takes the
    fewest false alarms that there are, and the warning states how many hours are missing.

    A fit trains the classifier once for each fold and once more. Changed copies make it
    proportionally longer. A prediction and a stream need constant memory for each step.

    References
    ----------
    .. [1] J. A. Hanley, A. Lippman-Hand, "If nothing goes wrong, is everything all right?
        Interpreting zero numerators", JAMA 249, 1983.

    Examples
    --------
    Three kinds of gestures happen in four recordings of four minutes, and two recordings are new.
    The network is small, and learns without changed copies, to save time:

    >>> from skspike import EventDetector, SNNClassifier
    >>> from skspike.datasets import make_gestures
    >>> X, events = make_gestures(6, distractors=0.2, random_state=0)
    >>> network = SNNClassifier(32, readout="leaky", max_iter=10)
    >>> detector = EventDetector(
    ...     network, max_false_alarms=None, augment=None, dt=20.0, random_state=0)
    >>> detector = detector.fit(X[:4], events[:4])
    >>> round(detector.score(X[4:], events[4:]), 2)
    0.91
    >>> detector.predict(X[4:])[0].dtype.names
    ('time', 'onset', 'label')

    A stream returns the label of an event in the step in which it is detected, and else None:

    >>> stream = detector.stream()
    >>> labels = [stream.step(x) for x in X[4].T]
    >>> sum(label is not None for label in labels), len(detector.predict(X[4:])[0])
    (42, 42)
    """

    _plugins = {"estimator": {
        None: lambda: SNNClassifier(N_NEURONS, readout="leaky")}}

    def __init__(
            self, estimator: Any = None, *, max_false_alarms: float | None = 20.0,
            tolerance: float | None = None, highpass: float | str | None = "auto",
            augment: int | str | None = "auto", dt: Step | None = None, cv: Any = None,
            random_state: Seed = None):
        self.estimator = estimator
        self.max_false_alarms = max_false_alarms
        self.tolerance = tolerance
        self.highpass = highpass
        self.augment = augment
        self.dt = dt
        self.cv = cv
        self.random_state = random_state

    @atomic
    def fit(self, X: Any, y: Any, *, background: Any = None, groups: Any = None) -> Self:
        """Fit the classifier of steps, and choose smoothing and threshold.

        Parameters
        ----------
        X : list of array-like of shape (n_channels, n_steps)
            Recordings: signals, or spike trains of 0 and 1. Lengths may differ.
        y : list of array-like of shape (n_events, 3), structured array or DataFrame
            Events of each recording: rows (onset, offset, label) with times in ms, or a table with
            these columns, or with "duration" instead of "offset". Labels are text or numbers. All
            events with these labels must be listed. An empty table is a recording without events.
        background : list of array-like of shape (n_channels, n_steps) or None, default=None
            Recordings without events, which are not learned. They show how many false alarms there
            are in an hour.
        groups : array-like of shape (n_recordings,) or None, default=None
            Recordings of one group, such as those of a person, are left out together.

        Returns
        -------
        self : EventDetector
            The fitted detector.

        Raises
        ------
        ValueError
            If a parameter is outside its range, events overlap or are outside of their recording,
            or a label is absent from the training recordings of a fold.
        TypeError
            If `estimator` is no classifier of steps, or events are not in one table for each
            recording.
        """
        self._check_estimator()
        wanted = check_number(self.max_false_alarms, "max_false_alarms", above=0, none=True)
        X = self._recordings(X, reset=True)
        lengths = [x.shape[1] for x in X]
        dt = given_dt(self) or 1.0
        tables = self._events(y, lengths, dt)
        durations = np.concatenate([table["offset"] - table["onset"] for table in tables])
        length = float(np.median(durations))
        self._set_times(length, dt)
        n_copies = self._n_copies()
        template = self._template(length)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        X = [filtered(self, x) for x in X]
        steps = [
            step_classes(table, n_steps, dt, TAIL * length)
            for table, n_steps in zip(tables, lengths, strict=True)]

        def fitted(parts: Any) -> Any:
            chosen = [(X[k][:, start:stop], steps[k][start:stop]) for k, start, stop in parts]
            self._check_labels([y for _, y in chosen])
            rng = np.random.default_rng(seed)
            chosen += [changed(x, y, rng) for _ in range(n_copies) for x, y in chosen]
            return seeded(clone(template), seed).fit(*map(list, zip(*chosen, strict=True)))

        # score recordings that are left out
        gap = round(GAP * durations.max() / dt)
        left_out: dict[int, Array] = {}
        for train, test in folds_of(self.cv, lengths, groups, N_FOLDS, gap):
            model = fitted(train)
            for k, start, stop in test:
                found = self._scores(model, X[k][:, :stop])
                scores = left_out.setdefault(k, np.zeros((len(found), lengths[k]), np.float32))
                scores[:, start:stop] = found[:, start:]
        outputs, tables = [*left_out.values()], [tables[k] for k in left_out]
        if not any(map(len, tables)):
            raise ValueError(
                "cv must test recordings with events, to choose a threshold. Got no events in the "
                f"recordings {[*left_out]}, which it tests. Set cv=None.")
        # fit on all recordings, and choose
        self.estimator_ = fitted([(k, 0, n_steps) for k, n_steps in enumerate(lengths)])
        if background is not None and len(background):
            outputs += self._outputs(self._recordings(background, reset=False))
            tables += [tables[0][:0]] * (len(outputs) - len(tables))
        self._choose(outputs, tables, length, wanted)
        return self

    def _check_estimator(self) -> None:
        """Raise unless the estimator may be a classifier of steps."""
        template = self.estimator
        if template is None:
            return
        methods = "get_params", "fit", "decision_function"
        if isinstance(template, type) or not all(hasattr(template, name) for name in methods):
            raise TypeError(
                "estimator must be a classifier of steps, such as SNNClassifier(readout='leaky'), "
                f"or None, got {shown(template)}.")
        readout = getattr(last_of(template), "readout", Leaky.name)
        if not isinstance(readout, Leaky) and readout != Leaky.name:
            raise ValueError(
                "estimator must have scores at each step: set readout='leaky', got "
                f"readout={readout!r}.")

    def _scores(self, model: Any, x: Array) -> Array:
        """Return the outputs of a classifier of steps, (1 + n_classes, n_steps)."""
        (found,) = model.decision_function([x])
        shape = len(self.classes_) + 1, x.shape[1]
        if np.shape(found) != shape:
            raise ValueError(
                "estimator must have a decision_function that returns a list of scores of shape "
                f"(n_classes, n_steps), here {shape}, got shape {np.shape(found)}.")
        scores = np.asarray(found, np.float32)
        wrong = ~np.isfinite(scores)
        if wrong.any():
            step = int(np.argmax(wrong.any(axis=0)))
            raise ValueError(
                "estimator must have a decision_function that returns finite scores, got "
                f"{scores[wrong[:, step], step][0]} from {type(model).__name__} in step {step}.")
        return scores

    def _recordings(self, X: Any, reset: bool) -> list[Array]:
        """Return checked recordings, as spike trains or as signals in float32."""
        if isinstance(X, (list, tuple)) and not X:
            raise ValueError(
                "EventDetector got no recordings. Pass a list with at least one, (n_channels, "
                "n_steps).")
        found = X if getattr(X, "ndim", 0) == 2 else check_input(self, X, reset=reset)
        if found.ndim != 3:
            raise ValueError(
                "EventDetector expects a list of recordings (n_channels, n_steps), got "
                f"{'one of shape' if hasattr(X, 'ndim') else 'recordings without channels,'} "
                f"{np.shape(found)}. Pass [x] for one recording x, and x[np.newaxis] for one "
                "channel.")
        if reset and all(len(x) > x.shape[1] for x in found):
            x, *_ = found
            raise ValueError(
                f"EventDetector got recordings of {len(x)} channels and {x.shape[1]} steps, and "
                "needs more steps than channels. Recordings are (n_channels, n_steps): pass "
                "[x.T for x in X] if their first axis is time.")
        values = found.values if isinstance(found, Ragged) else found
        largest = np.abs(values).max()
        if largest > LARGEST:
            raise ValueError(
                f"EventDetector expects values within +-{LARGEST:g}, got {largest:g}. Scale them "
                "first.")
        if reset:
            self._of_spikes = is_raster(values)
        elif self._of_spikes and not is_raster(values):
            raise ValueError(
                "EventDetector was fitted on spike trains and got other values than 0 and 1.")
        dtype = np.uint8 if self._of_spikes else np.float32
        return [np.ascontiguousarray(x, dtype) for x in found]

    def _events(self, y: Any, lengths: list[int], dt: float) -> list[Array]:
        """Return the tables of events with indices of labels. Set the labels."""
        ends = [n_steps * dt for n_steps in lengths]
        tables = check_events(
            y, "y of EventDetector", n_recordings=len(lengths), ends=ends, shortest=dt,
            overlapping=False)
        every = np.concatenate(tables)
        if not len(every):
            raise ValueError("y of EventDetector must have events, got empty tables only.")
        latest = every["offset"].max()
        if latest < EARLY * max(ends):
            warn(
                f"All events end within {latest:g} ms of recordings of up to {max(ends):g} ms. If "
                "their times are in seconds, multiply them by 1000.")
        self.classes_ = np.unique(every["label"])
        return [_coded(table, self.classes_) for table in tables]

    def _set_times(self, length: float, dt: float) -> None:
        """Set the times that depend on the median length of events."""
        tolerance = check_number(self.tolerance, "tolerance", low=0, none=True)
        highpass = check_number(self.highpass, "highpass", low=dt, none=True, auto=True)
        if highpass == "auto":
            highpass = None if self._of_spikes else max(HIGH_PASS * length, dt)
        elif highpass is not None and self._of_spikes:
            raise ValueError(f"highpass={highpass} is for signals, and X has spike trains.")
        self.tolerance_ = max(TOLERANCE * length, dt) if tolerance is None else tolerance
        self.highpass_, self.dt_ = highpass, dt
        self._refractory = max(round(TOLERANCE * length / dt), 1)

    def _n_copies(self) -> int:
        """Return the number of changed copies of each recording."""
        augment = check_number(
            self.augment, "augment", low=1, high=1000, integer=True, none=True, auto=True)
        if self._of_spikes and augment not in (None, "auto"):
            raise ValueError(f"augment={augment} copies are for signals, and X has spike trains.")
        return int(augment or 0) if augment != "auto" else 0 if self._of_spikes else N_COPIES

    def _template(self, length: float) -> Any:
        """Return the classifier to be cloned, with the length of a step."""
        if self.estimator is not None:
            return with_dt(self.estimator, self.dt_)
        n_steps = length / self.dt_
        delays = np.unique(np.rint(np.minimum(np.multiply(DELAYS, n_steps), MAX_DELAY))) * self.dt_
        taus = np.unique(np.minimum(np.multiply(TRACES, length), MOST_STEPS * self.dt_))
        shortest, longest = LIF().tau_mem_bounds
        membrane = min(max(MEMBRANE * length, self.dt_, shortest), longest)
        return SNNClassifier(
            N_NEURONS, neuron=LIF(tau_mem=membrane), delays=delays.tolist(),
            readout=Leaky(taus.tolist()), dt=self.dt_)

    def _check_labels(self, y: list[Array]) -> None:
        """Raise if the training part of a fold lacks the background or a label."""
        missing = set(range(len(self.classes_) + 1)).difference(*map(np.unique, y))
        if missing:
            (code, *_) = sorted(missing)
            name = f"label {shown(self.classes_[code - 1])}" if code else "background"
            raise ValueError(
                f"The training part of a fold has no {name}. Each label needs events in several "
                "recordings, or in several blocks of time, so that some are left when a fold is "
                "left out. Record more events, or leave the label out.")

    def _choose(
            self, outputs: list[Array], tables: list[Array], length: float,
            wanted: float | None) -> None:
        """Choose smoothing and threshold by the outputs on recordings that were left out."""
        n_steps, n_events = sum(part.shape[1] for part in outputs), sum(map(len, tables))
        hours = n_steps * self.dt_ / HOUR

        def pairs_of(found: list[Array]) -> list[tuple[Array, Array, Array]]:
            decisions = [_decisions(classes, self.dt_) for classes in found]
            return [
                (table, decision, matched(table, decision, self.tolerance_))
                for table, decision in zip(tables, decisions, strict=True)]

        # at least as many peaks as there may be decisions
        n_allowed = math.ceil(min((wanted or 0.0) * hours, n_steps))
        n_peaks = max(N_PEAKS * n_events, n_allowed + n_events)
        tried = Candidates.of(
            outputs, lambda found: sum(len(pairs) for *_, pairs in pairs_of(found)),
            [share * length for share in SMOOTHING], self.dt_, self._refractory, n_peaks)
        best = tried.choose(n_events, hours, wanted)
        self.smoothing_, self.threshold_, self.release_ = (
            float(part[best]) for part in (tried.taus, tried.thresholds, tried.releases))
        n_false = int(tried.false[best])
        self.false_alarms_per_hour_, self.recall_ = n_false / hours, tried.right[best] / n_events
        self.f1_ = float(tried.f1(n_events)[best])
        self.max_false_alarms_ = upper_rate(n_false, hours)
        rows = tried.taus == self.smoothing_
        self.thresholds_ = tried.thresholds[rows].astype(float)
        self.recalls_ = tried.right[rows] / n_events
        self.false_alarms_ = tried.false[rows] / hours
        self._set_latencies(pairs_of([
            self._decided(part) for part in self._smoothed(outputs)]))
        if wanted is not None and self.max_false_alarms_ > wanted:
            missing = upper_rate(0, 1.0) / wanted - hours
            remedy = f"{missing:.2g} more hours" if missing > 0 else "more recordings"
            warn(
                f"EventDetector cannot show that max_false_alarms={wanted:g} per hour is kept: "
                f"with {n_false} false alarms in {hours:.2g} hours, there may be up to "
                f"{self.max_false_alarms_:.3g} per hour. The threshold has the fewest false "
                f"alarms. Pass {remedy} without events as background, or raise max_false_alarms.")

    def _set_latencies(self, found: list[tuple[Array, Array, Array]]) -> None:
        """Set the median time from onset to decision of each label."""
        latencies = np.concatenate([
            decisions["time"][pairs[:, 1]] - table["onset"][pairs[:, 0]]
            for table, decisions, pairs in found])
        codes = np.concatenate([table["label"][pairs[:, 0]] for table, _, pairs in found])
        every = np.median(latencies) if len(latencies) else 0.0
        self.latencies_ = np.array([
            np.median(latencies[codes == k]) if (codes == k).any() else every
            for k in range(len(self.classes_))])

    def _smoothed(self, outputs: list[Array]) -> list[Array]:
        """Return the smoothed margins of recordings, (n_classes, n_steps)."""
        settings = rates(self.smoothing_, self.dt_)
        return [Machine(len(part) - 1, *settings).smooth(part) for part in outputs]

    def _decided(self, margins: Array) -> Array:
        """Return the index of the label that is decided in each step, or -1."""
        return decided(margins, self.threshold_, self.release_, self._refractory)

    def _outputs(self, X: list[Array]) -> list[Array]:
        """Return the outputs of the classifier of steps, (1 + n_classes, n_steps)."""
        return [self._scores(self.estimator_, filtered(self, x)) for x in X]

    @consistent
    def decision_function(self, X: Any) -> list[Array]:
        """Return the smoothed margin of each label over all other classes at each step.

        Parameters
        ----------
        X : list of array-like of shape (n_channels, n_steps)
            Recordings as in `fit`.

        Returns
        -------
        margins : list of ndarray of shape (n_classes, n_steps), float32
            From -8 to 8. An event is detected where one reaches `threshold_`.
        """
        check_is_fitted(self)
        # a damaged file may hold any attributes
        curve = {name: getattr(self, name) for name in ("thresholds_", "recalls_", "false_alarms_")}
        n_thresholds = mode(axis_length(values, 0) for values in curve.values())
        check_arrays([
            FittedArray("latencies_", self.latencies_, (len(self.classes_),)),
            *(FittedArray(name, values, (n_thresholds,)) for name, values in curve.items())])
        return self._smoothed(self._outputs(self._recordings(X, reset=False)))

    @consistent
    def predict(self, X: Any) -> list[Array]:
        """Find the events in recordings.

        Parameters
        ----------
        X : list of array-like of shape (n_channels, n_steps)
            Recordings as in `fit`.

        Returns
        -------
        found : list of ndarray of shape (n_found,)
            Structured array for each recording, with the fields time (of the decision) and onset
            (the time minus the median latency of the label), both in ms, and label.
        """
        check_is_fitted(self)
        return [
            found_in(self, self._decided(margins)) for margins in self.decision_function(X)]

    @consistent
    def score(self, X: Any, y: Any) -> float:
        """Return the F1 of the decisions.

        Parameters
        ----------
        X : list of array-like of shape (n_channels, n_steps)
            Recordings as in `fit`.
        y : list of array-like of shape (n_events, 3), structured array or DataFrame
            Events of each recording, as in `fit`.

        Returns
        -------
        f1 : float
            From 0 to 1, as `skspike.metrics.event_scores` computes it with `tolerance_`. NaN
            without events and decisions.
        """
        return event_scores(y, self.predict(X), tolerance=self.tolerance_).f1

    def stream(self) -> Stream:
        """Return a stream, which takes a recording step by step and returns events.

        Returns
        -------
        stream : skspike.Stream
            A stream at the start of a recording, which may be endless.
        """
        check_is_fitted(self)
        return EventStream(
            stream_of(self.estimator_), *decisions_of(self), self.classes_, self.n_features_in_)


def decisions_of(fitted: EventDetector) -> tuple[HighPass | None, Machine]:
    """Return the filter and the decisions of a detector, at the start of a recording."""
    high_pass = None if fitted.highpass_ is None else HighPass(
        fitted.n_features_in_, *rates(fitted.highpass_, fitted.dt_))
    return high_pass, Machine(
        len(fitted.classes_), *rates(fitted.smoothing_, fitted.dt_), fitted.threshold_,
        fitted.release_, fitted._refractory)


def filtered(fitted: EventDetector, x: Array) -> Array:
    """Return a recording as the classifier of steps takes it."""
    if fitted.highpass_ is None:
        return x
    return HighPass(fitted.n_features_in_, *rates(fitted.highpass_, fitted.dt_))(x)


def found_in(fitted: EventDetector, decisions: Array) -> Array:
    """Return the table of events of a recording from the index of a label in each step, or -1."""
    table = _decisions(decisions, fitted.dt_)
    found = np.zeros(
        len(table), [("time", float), ("onset", float), ("label", fitted.classes_.dtype)])
    found["time"], found["label"] = table["time"], fitted.classes_[table["label"]]
    found["onset"] = np.maximum(found["time"] - fitted.latencies_[table["label"]], 0)
    return found


def _coded(table: Array, classes: Array) -> Array:
    """Return a table of events with the indices of their labels."""
    found = np.zeros(len(table), [("onset", float), ("offset", float), ("label", int)])
    found["onset"], found["offset"] = table["onset"], table["offset"]
    found["label"] = np.searchsorted(classes, table["label"])
    return found


def _decisions(classes: Array, dt: float) -> Array:
    """Return times and indices of labels, given the index of a label in each step or -1."""
    (steps,) = np.nonzero(classes >= 0)
    found = np.zeros(len(steps), [("time", float), ("label", int)])
    # a step is decided when it has ended
    found["time"], found["label"] = (steps + 1) * dt, classes[steps]
    return found


class EventStream(Stream):
    """Stream of a detector of events.

    `inner` is the stream of the classifier of steps.
    """

    predict = predict_proba = adapt = absent
    _remedy = "Replace missing values, for example by the latest value of the channel."

    def __init__(
            self, inner: Any, high_pass: HighPass | None, machine: Machine, classes: Array,
            n_channels: int):
        self._inner, self._classes = inner, classes
        self._high_pass, self._machine = copy.deepcopy((high_pass, machine))
        kept = [*inner._kept, *self._machine.kept]
        if self._high_pass is not None:
            kept += self._high_pass.kept
        self._complete(
            "EventDetector", n_channels, kept, inner, high_pass, machine, classes, n_channels)

    def __copy__(self) -> Self:
        # a plain copy would share the stream of the classifier
        return copy.deepcopy(self)

    def step(self, x: Any) -> Any:
        """Take the input of one step, and return None or the label of an event that is found.

        For several steps, (n_channels, n_steps), return a list.
        """
        x = as_numbers(x, "EventDetector.stream")
        self._check_shape(x)
        self._check_finite(x, LARGEST)
        if x.ndim == 1:
            return self._step(x)
        with all_or_nothing(self):
            return [self._step(column) for column in x.T]

    def _step(self, x: Array) -> Any:
        if self._high_pass is not None:
            x = self._high_pass(x.astype(np.float32)[:, np.newaxis])[:, 0]
        self._inner.step(x)
        outputs = np.asarray(self._inner.decision_function(), np.float32)
        (found,) = self._machine.detect(self._machine.smooth(outputs[:, np.newaxis]))
        return None if found < 0 else self._classes[found].item()

    def decision_function(self) -> Array:
        """Return the smoothed margins of the labels, (n_classes,)."""
        return self._machine.smoothed.copy()

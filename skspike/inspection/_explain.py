"""Evidence of each channel and step for the decision of a model.

    evidence of a part = mean over orders of f(input before its removal) - f(input after it)

All parts of an input are removed one by one, in several random orders. f is the decision of the
model. The terms of an order add up to f(input) - f(baseline), and so does their mean.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import (
    SIZE_LIMITS, Array, Ragged, Seed, as_numbers, check_number, check_shape, collected, is_raster,
    last_of, part_bounds, shown)
from .._meta import EventDetector
from .._networks import refuse_steps
from ..complexity import LZCClassifier
from ..trains import SpikeTrainClassifier

N_WINDOWS = 20  # default of series, at most
GROUP_SIZE = 2**22  # numbers of changed inputs that the model gets at a time


class Explanation(NamedTuple):
    """Evidence of each channel and step for the decision of each sample, as `explain` returns."""

    evidence: Any
    decision: Array
    baseline_decision: Array
    target: Array
    n_windows: int


def explain(
        model: Any, X: ArrayLike, *, target: Any = None, n_windows: int | None = None,
        baseline: ArrayLike | None = None, n_orders: int = 4,
        random_state: Seed = None) -> Explanation:
    """Compute the evidence of each channel and step for the decision of each sample.

    The windows of all channels are replaced by a baseline, such as silence, one by one and in
    random orders. The evidence of a window is the mean change of the decision when it is replaced:
    its Shapley value [1]_, estimated from a few orders [2]_. It works for all models, such as
    networks with any encoder, layers and delays, and pipelines.

    The decision of a `skspike.SpikeTrainClassifier`, and of a `skspike.LZCClassifier` with its
    default classifier, is a sum over channels and steps. Its terms are the evidence, exactly,
    unless `n_windows` or `baseline` is given.

    The decision of a `skspike.EventDetector` is the largest margin of a label in a recording. Pass
    pieces of recordings that end with the decisions to explain.

    Parameters
    ----------
    model : estimator
        A fitted classifier, regressor or `skspike.EventDetector`, or a Pipeline that ends in a
        classifier or regressor.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
        Input of the model: rasters, series or tables of numbers. Samples of unequal length are a
        list of arrays.
    target : label, int or None, default=None
        The class whose evidence is computed. None: the predicted class of each sample, or the class
        with the best score if the model rejects a sample. For regression, the index of the output,
        which is needed if there are several.
    n_windows : int or None, default=None
        Number of windows into which each channel is cut, at most the number of steps. The evidence
        of a window is shared equally by its steps that differ from the baseline. More windows
        locate evidence better and take more time. None: 20, or fewer for shorter series. Columns of
        2-D input are not joined. If each row is one series, pass a number.
    baseline : float, array-like or None, default=None
        Value that replaces the input, or an array that broadcasts to a sample. None: 0 for rasters.
        For series, the mean of each channel in X, and for tables, the mean of each column in X,
        without missing values (NaN), or 0 if all values are missing. If X has few samples, pass the
        mean of the training data.
    n_orders : int, default=4
        Number of orders. The decision is computed up to ``n_channels * n_windows + 1`` times per
        order and sample. Every second order reverses the order before.
    random_state : int, RandomState instance or None, default=None
        Seed of the orders. All samples have the same orders.

    Returns
    -------
    evidence : ndarray in the shape of X, or list of ndarray
        Evidence for the target. A negative value is evidence against it. Samples of unequal length
        have a list. This and the following are entries of a named tuple.
    decision : ndarray of shape (n_samples,)
        Decision of the model for the target.
    baseline_decision : ndarray of shape (n_samples,)
        Decision for the baseline. The evidence of a sample adds up to the difference.
    target : ndarray of shape (n_samples,)
        The class, or the index of the output, that is explained.
    n_windows : int
        Number of windows of time in which evidence was measured. Exact terms have a window for each
        step.

    Raises
    ------
    TypeError
        If the model does not predict, or X is not numeric.
    ValueError
        If the model has several columns of labels, there is no class or output `target`, X is
        empty, or a parameter is outside its range.

    See Also
    --------
    channel_importance : Importance of channels for the score on many samples.
    skspike.inspection.EvidenceDisplay : Draw evidence over spikes or series.

    Notes
    -----
    The decision of two classes is ``decision_function``. For more classes, it is the score of the
    class minus the mean score of the other classes. Classifiers without ``decision_function`` have
    the probability of the class, and regressors have the prediction.

    Exact terms need no baseline: silent steps have evidence too, and ``baseline_decision`` is 0.
    Other evidence depends on the baseline. Windows that equal it, such as silent windows of a
    raster, have no evidence. Evidence describes the model and not the data: input that is
    informative but not used by the model has no evidence.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games", in "Contributions to the Theory of Games
        II", Princeton University Press, 1953.
    .. [2] E. Štrumbelj, I. Kononenko, "Explaining prediction models and individual predictions with
        feature contributions", Knowledge and Information Systems 41, 2014.

    Examples
    --------
    Only channel 2 has information, a burst of one class from step 30 to 49:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import explain
    >>> X, _ = make_poisson(120, 4, 100, rates=(50.0,), random_state=0)
    >>> y = np.arange(120) % 2
    >>> X[y == 1, 2, 30:50:2] = 1
    >>> network = SNNClassifier(16, max_iter=20, random_state=0).fit(X, y)
    >>> evidence = explain(network, X[y == 1][:5], n_windows=10, random_state=0).evidence
    >>> int(evidence.sum(axis=(0, 2)).argmax())
    2
    >>> by_window = evidence[:, 2].sum(axis=0).reshape(10, 10).sum(axis=1)
    >>> sorted(by_window.argsort()[-2:].tolist())
    [3, 4]
    """
    if not hasattr(model, "predict"):
        raise TypeError(
            f"explain expects a classifier or regressor, or a Pipeline that ends in one, got "
            f"{model!r}.")
    check_is_fitted(model)
    refuse_steps(last_of(model), "explain")
    model = _LargestMargins(model) if isinstance(model, EventDetector) else model
    samples, rebuilt = _samples(X)
    n_orders = check_number(n_orders, "n_orders", **SIZE_LIMITS)
    has_terms = isinstance(model, (SpikeTrainClassifier, LZCClassifier)) and hasattr(
        model, "explain")
    if has_terms and n_windows is None and baseline is None:
        return _exact(model, [rebuilt(x[np.newaxis]) for x in samples], target)
    shortest = min(x.shape[-1] for x in samples)
    if n_windows is None:
        n_windows = min(N_WINDOWS, shortest) if samples[0].ndim == 2 else shortest
    n_windows = check_number(n_windows, "n_windows", low=1, high=shortest, integer=True)
    baselines = _baselines(baseline, samples)
    orders = _orders(samples[0].shape[:-1], n_windows, n_orders, check_random_state(random_state))
    targets, columns = _targets(model, target, _predicted(model, X))
    found = [
        _evidence(_decision(model, column, rebuilt), x, x_baseline, n_windows, orders)
        for column, x, x_baseline in zip(columns, samples, baselines, strict=True)]
    evidence, decisions, at_baseline = zip(*found, strict=True)
    return Explanation(
        _together(evidence), np.array(decisions), np.array(at_baseline), targets, n_windows)


class _LargestMargins(ClassifierMixin, BaseEstimator):
    """A detector of events as a classifier of recordings, by the largest margin of each label."""

    def __init__(self, detector):
        self.detector, self.classes_ = detector, detector.classes_

    def decision_function(self, X):
        """Return the largest margins, (n_samples, n_classes)."""
        return np.stack([margins.max(axis=1) for margins in self.detector.decision_function(X)])

    def predict(self, X):
        """Return the label with the largest margin."""
        return self.classes_[self.decision_function(X).argmax(axis=1)]


def _together(evidence):
    """Return arrays of equal shape as one array, and others as a list."""
    return np.stack(evidence) if len({x.shape for x in evidence}) == 1 else list(evidence)


def _exact(model, samples, target):
    """Return the terms of the decision of a model with `explain` for single samples."""
    targets, columns = _targets(model, target, np.concatenate([model.predict(x) for x in samples]))
    decisions = [
        _decision(model, column, np.asarray)(x)[0]
        for x, column in zip(samples, columns, strict=True)]
    evidence = [
        _terms_of(model.explain(x)[0], column, len(model.classes_)).reshape(np.shape(x)[1:])
        for x, column in zip(samples, columns, strict=True)]
    longest = max(one.shape[-1] for one in evidence)
    return Explanation(
        _together(evidence), np.array(decisions), np.zeros(len(decisions)), targets, longest)


def _terms_of(terms, column, n_classes):
    """Return the terms of the score of a class minus the mean score of the others."""
    if n_classes == 2:
        return terms if column else -terms
    return (n_classes * terms[column] - terms.sum(axis=0)) / (n_classes - 1)


def _samples(X):
    """Return the samples of X as arrays, and a function that turns an array into input."""
    found = collected(X, "explain")
    if isinstance(found, Ragged):
        return [x[0] if found.flat else x for x in found], np.asarray
    values = as_numbers(found, "explain")
    if values.ndim not in (2, 3):
        raise ValueError(
            f"explain expects 2-D input or 3-D input (n_samples, n_channels, n_steps), got shape "
            f"{values.shape}. Pass a single sample as X[:1].")
    if not len(values):
        raise ValueError("explain needs at least one sample, got none.")
    check_shape(values.shape, "explain")
    if hasattr(X, "iloc"):  # a data frame: the model may need the names of its columns
        return list(values), lambda states: type(X)(states, columns=X.columns)
    return list(values), np.asarray


def _baselines(baseline, samples):
    """Return the baseline of each sample, in its shape.

    None is silence for rasters, and the mean of each channel or column for other input.
    """
    if baseline is not None:
        values = as_numbers(baseline, "baseline")
    elif samples[0].ndim == 1 and len({x.shape for x in samples}) == 1:
        values = _mean(np.stack(samples), 0)[0]
    else:
        joined = np.concatenate(samples, axis=-1)
        values = np.zeros(1) if is_raster(joined) else _mean(joined, -1)
    if not np.isfinite(values).all():
        raise ValueError("baseline must be finite, got a value that is infinite or NaN.")
    # spikes remain bytes
    cast = values.astype(samples[0].dtype)
    values = cast if np.array_equal(cast, values) else values
    try:
        return [np.broadcast_to(values, x.shape) for x in samples]
    except ValueError as error:
        raise ValueError(
            f"baseline must broadcast to the shape of each sample, such as {samples[0].shape}, got "
            f"shape {values.shape}.") from error


def _orders(channels, n_windows, n_orders, rng):
    """Return random orders of the windows of all channels. Every second one is reversed."""
    n_parts = int(np.prod(channels)) * n_windows
    forward = [rng.permutation(n_parts) for _ in range(-(-n_orders // 2))]
    return [order[::step] for order in forward for step in (1, -1)][:n_orders]


def _mean(values, axis):
    """Return the mean along an axis without missing values, or 0 if all are missing."""
    is_empty = np.isnan(values).all(axis=axis, keepdims=True)
    return np.nanmean(np.where(is_empty, 0, values), axis=axis, keepdims=True)


def _predicted(model, X):
    """Return predictions. The label of a rejected sample is the class with the best score."""
    found = np.asarray(model.predict(X))
    if not is_classifier(model) or found.ndim > 1:
        return found
    rejected = ~np.isin(found, model.classes_)
    if rejected.any():
        found = np.where(rejected, model.classes_[_scores(model, X).argmax(axis=1)], found)
    return found


def _targets(model, target, predicted):
    """Return the class or output that is explained for each sample, and its column."""
    if not is_classifier(model):
        n_outputs = predicted.size // len(predicted)
        index = 0 if target is None and n_outputs == 1 else check_number(
            target, "target", low=0, high=n_outputs - 1, integer=True)
        return np.full(len(predicted), index), [index] * len(predicted)
    if predicted.ndim > 1:
        raise ValueError(
            "explain takes a classifier with one column of labels, got labels in several columns. "
            "Fit one classifier for each column.")
    classes = model.classes_.tolist()
    if target is not None and target not in classes:
        raise ValueError(
            f"target must be one of the classes {classes} or None, got {shown(target)}.")
    labels = predicted if target is None else np.full(len(predicted), target)
    return labels, [classes.index(label) for label in labels.tolist()]


def _decision(model, column, rebuilt):
    """Return a function that computes the decision for an array of inputs."""
    return lambda states: _scores(model, rebuilt(states))[:, column]


def _scores(model, X):
    """Return the score of each output, (n_samples, n_outputs).

    It is the prediction, the probability of a class, or its decision score minus the mean score of
    the other classes.
    """
    if not is_classifier(model):
        return _columns(model.predict(X))
    if isinstance(model, _LargestMargins):  # which are relative to the other labels already
        return model.decision_function(X)
    if not hasattr(model, "decision_function"):
        return _columns(model.predict_proba(X))
    scores = np.asarray(model.decision_function(X), float)
    shape = getattr(last_of(model), "decision_function_shape", "ovr")
    if scores.ndim == 2 and (shape == "ovo" or scores.shape[1] != len(model.classes_)):
        raise ValueError(
            f"explain needs one decision score for each of the {len(model.classes_)} classes, got "
            f"{scores.shape[1]} of pairs of classes. Set decision_function_shape='ovr'.")
    if scores.ndim == 1:
        return np.stack([-scores, scores], axis=1)
    n = scores.shape[1]
    return (n * scores - scores.sum(axis=1, keepdims=True)) / (n - 1)


def _columns(values):
    """Return outputs as an array (n_samples, n_outputs)."""
    return np.asarray(values, float).reshape(len(values), -1)


def _evidence(decide, x, baseline, n_windows, orders):
    """Return the evidence in the shape of a sample, and the decisions for it and the baseline."""
    window = np.repeat(np.arange(n_windows), np.diff(part_bounds(x.shape[-1], n_windows)))
    channel = np.arange(x.size // x.shape[-1]).reshape(*x.shape[:-1], 1)
    part = channel * n_windows + window
    differs = x != baseline
    n_entries = np.bincount(part[differs], minlength=len(orders[0]))
    evidence = np.zeros(len(orders[0]))
    for order in orders:
        removed = order[n_entries[order] > 0]
        place = np.full(len(order), len(removed))
        place[removed] = np.arange(len(removed))
        scores = np.concatenate([
            decide(states) for states in _removals(x, baseline, place[part], len(removed))])
        evidence[removed] -= np.diff(scores) / len(orders)
    each = evidence / np.maximum(n_entries, 1)
    return np.where(differs, each[part], 0.0), scores[0], scores[-1]


def _removals(x, baseline, place, n_removed):
    """Yield the input after each of the removals, from none to all, in groups.

    Entry ``place[i]`` of the sequence of removals removes ``x[i]``.
    """
    size = max(GROUP_SIZE // x.size, 1)
    for first in range(0, n_removed + 1, size):
        count = np.arange(first, min(first + size, n_removed + 1))
        yield np.where(place < count.reshape(-1, *[1] * x.ndim), baseline, x)

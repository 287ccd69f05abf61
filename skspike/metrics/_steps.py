"""Scores of a target at each step of recordings. Steps without a target are left out."""

from typing import Any

import numpy as np
from sklearn.metrics import r2_score

from .._base import Array, Numbers, as_numbers, check_option, shown

UNKNOWN = -1  # class of a step that is not known


def step_r2(
        y_true: Any, y_pred: Any, *, sample_weight: Any = None,
        multioutput: str = "uniform_average") -> Numbers:
    """Return the coefficient of determination over all steps of all recordings.

    Each output has its own score, 1 minus the mean squared error divided by the variance of the
    true values. Steps whose true value is NaN are left out. The best score is 1. Predicting the
    mean of the true values has the score 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs, n_steps), or list
        True values. A list has arrays (n_outputs, n_steps) of any length, one for each recording.
        NaN means not known. Each output needs at least two known values.
    y_pred : array-like of shape (n_samples, n_outputs, n_steps), or list
        Predicted values of the same shapes, finite if the true value is known.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weight of the steps of each recording, at least 0. None means 1.
    multioutput : {"uniform_average", "raw_values"}, default="uniform_average"
        Whether to return the mean over outputs or the score of each output.

    Returns
    -------
    r2 : float or ndarray of shape (n_outputs,)
        Score. An output that is constant has 1 if all predictions are exact, otherwise 0.

    Raises
    ------
    ValueError
        If shapes differ, predictions are not finite, or an output has fewer than two known values.
    TypeError
        If the values of a recording are not real numbers.

    See Also
    --------
    step_accuracy : Score a class at each step.
    sklearn.metrics.r2_score : Score one value per sample.

    Notes
    -----
    Long recordings count more than short ones, because all steps are equal. Neighbouring steps are
    not independent, so hold out recordings, or blocks of one: `skspike.time_blocks`.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.metrics import step_r2
    >>> y_true = [[[0.0, 1.0, 2.0], [3.0, np.nan, 5.0]], [[3.0], [4.0]]]  # 3 steps, and 1
    >>> y_pred = [[[0.0, 1.0, 2.0], [3.0, 7.0, 4.0]], [[2.0], [4.0]]]
    >>> step_r2(y_true, y_pred, multioutput="raw_values").tolist()
    [0.8, 0.5]
    """
    check_option(multioutput, "multioutput", ("uniform_average", "raw_values"))
    true, found = _pairs(y_true, y_pred, "n_outputs, n_steps")
    outputs = sorted({len(values) for values in true})
    if len(outputs) > 1:
        raise ValueError(
            f"y_true must have the same number of outputs in all recordings, got {outputs}.")
    weight = _weights(sample_weight, found)
    true, found = np.concatenate(true, axis=1), np.concatenate(found, axis=1)
    known = ~np.isnan(true)
    if np.isinf(true).any():
        raise ValueError("y_true must be finite, or NaN in steps that are not known.")
    known &= weight > 0
    if (known.sum(axis=1) < 2).any():
        raise ValueError(
            "y_true must have at least two known values of each output, in recordings of positive "
            f"weight, got {known.sum(axis=1).tolist()}.")
    if not np.isfinite(found[known]).all():
        raise ValueError("y_pred must be finite at all steps whose true value is known.")
    scores = np.array([
        r2_score(one[at], other[at], sample_weight=weight[at])
        for one, other, at in zip(true, found, known, strict=True)])
    return scores if multioutput == "raw_values" else float(scores.mean())


def step_accuracy(
        y_true: Any, y_pred: Any, *, sample_weight: Any = None, balanced: bool = False) -> float:
    """Return the share of steps with the right class, over all steps of all recordings.

    Steps whose true class is -1, None or NaN are left out.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_steps), or list
        True classes, integers or text. A list has arrays (n_steps,) of any length, one for each
        recording. -1 or, in an array of objects, None means not known. At least one class must be
        known.
    y_pred : array-like of shape (n_samples, n_steps), or list
        Predicted classes of the same shapes.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weight of the steps of each recording, at least 0. None means 1.
    balanced : bool, default=False
        Whether to return the mean over the true classes of the share of their steps that are right.
        Choose it if one class, such as rest, takes most of the time. Chance is then 1 divided by
        the number of classes.

    Returns
    -------
    accuracy : float
        Share of steps, from 0 to 1.

    Raises
    ------
    ValueError
        If shapes differ, or no class is known.
    TypeError
        If the classes of a recording are real numbers.

    See Also
    --------
    step_r2 : Score values at each step.
    event_scores : Score decisions about events.

    Examples
    --------
    >>> from skspike.metrics import step_accuracy
    >>> y_true, y_pred = [[0, 0, 1, -1], [1]], [[0, 0, 0, 1], [1]]  # 4 steps, and 1
    >>> step_accuracy(y_true, y_pred), step_accuracy(y_true, y_pred, balanced=True)
    (0.75, 0.75)
    """
    check_option(balanced, "balanced", (True, False))
    parts, others = _pairs(y_true, y_pred, "n_steps", are_classes=True)
    weight = _weights(sample_weight, others)
    known = np.concatenate([known_classes(part) for part in parts]) & (weight > 0)
    if not known.any():
        raise ValueError(
            f"y_true must have a known class, got {UNKNOWN} or None in all steps of recordings "
            "with a positive weight.")
    weight = weight[known]
    true, found = (np.concatenate(each)[known] for each in (parts, others))
    right = true == found
    if not balanced:
        return float(np.average(right, weights=weight))
    return float(np.mean([
        np.average(right[true == label], weights=weight[true == label])
        for label in np.unique(true)]))


def as_labels(labels: Any) -> Array:
    """Return labels as an array, of objects if they are text in a list that may have -1."""
    found = np.asarray(labels)
    is_text = found.dtype.kind in "US" and not isinstance(labels, np.ndarray)
    return np.asarray(labels, dtype=object) if is_text else found


def known_classes(labels: Array) -> Array:
    """Return which steps have a label: not -1 and, in arrays of objects, not None, NaN or NA."""
    if labels.dtype.kind in "US":
        return np.ones(len(labels), bool)
    if labels.dtype == object:
        return np.array([not _is_missing(label) and label != UNKNOWN for label in labels], bool)
    return np.asarray(labels != UNKNOWN)


def _is_missing(label):
    """Return whether a label is None, NaN, or NA of pandas, which cannot be compared."""
    return label is None or type(label).__name__ == "NAType" or (
        isinstance(label, float) and np.isnan(label))


def _weights(sample_weight, targets):
    """Return the weight of each step of all recordings."""
    weight = np.ones(len(targets)) if sample_weight is None else as_numbers(
        sample_weight, "sample_weight").astype(float)
    if weight.shape != (len(targets),) or not (weight >= 0).all():
        raise ValueError(
            "sample_weight must have a number >= 0 for each recording, got shape "
            f"{weight.shape} for {len(targets)} recordings.")
    if not weight.any():
        raise ValueError("sample_weight must be above 0 for at least one recording.")
    return np.repeat(weight, [target.shape[-1] for target in targets])


def _pairs(y_true, y_pred, axes, are_classes=False):
    """Return true and predicted targets of recordings as lists of arrays of equal shapes."""
    true, found = _targets(y_true, "y_true", axes, are_classes), _targets(
        y_pred, "y_pred", axes, are_classes)
    if not true or len(true) != len(found):
        raise ValueError(
            "y_true and y_pred must have one target for each recording, at least one, got "
            f"{len(true)} and {len(found)}.")
    for k, (one, other) in enumerate(zip(true, found, strict=True)):
        if one.shape != other.shape:
            raise ValueError(
                f"y_true[{k}] and y_pred[{k}] must have equal shapes, got {one.shape} and "
                f"{other.shape}.")
    return true, found


def _targets(y, name, axes, are_classes):
    """Return the target of each recording as an array, or raise if it is of another kind."""
    if not np.iterable(y):
        raise TypeError(f"{name} must be a list of arrays ({axes}), got {shown(y)}.")
    targets = [
        as_labels(target) if are_classes else as_numbers(target, f"{name}[{k}]")
        for k, target in enumerate(y)]
    for k, target in enumerate(targets):
        if target.ndim != len(axes.split(", ")):
            raise ValueError(
                f"{name} must have arrays ({axes}), got shape {target.shape} in recording {k}. For "
                "one recording, pass a list with one array.")
        is_number = target.dtype.kind in "fc"
        if are_classes and is_number and not np.array_equal(target, np.rint(target)):
            raise TypeError(
                f"{name} must have integers or text as classes, got dtype {target.dtype} in "
                f"recording {k}.")
    return targets if are_classes else [target.astype(float) for target in targets]

"""Checks of the trains, labels and names that displays draw."""

import numpy as np

from .._checks import DT_LIMITS, as_spikes, check_container, check_number, shown
from ._style import palette


def check_trains(raster, dt, name):
    """Return spike trains as an array (n_samples, n_channels, n_steps), and the checked step."""
    dt = check_number(dt, "dt", **DT_LIMITS)
    raster = as_spikes(raster, name, "n_channels", "n_steps")
    if raster.ndim > 3 or not len(raster):
        raise ValueError(
            f"{name} expects an array of shape (n_channels, n_steps), or of shape (n_samples, "
            f"n_channels, n_steps) with at least one sample, got shape {raster.shape}.")
    return raster.reshape(-1, *raster.shape[-2:]), dt


def trains_of(estimator, X, dt, name):
    """Return the output of a transformer for X, and `dt`, by default the step of its last part."""
    if not hasattr(estimator, "transform"):
        raise ValueError(
            f"{name} expects a transformer that returns spike trains, such as SNNTransformer, got "
            f"{estimator!r}.")
    return estimator.transform(X), (_step_of(estimator) or 1.0) if dt is None else dt


def _step_of(estimator):
    """Return the step of an estimator, or of its last part that has one, or None."""
    step = getattr(estimator, "dt_", getattr(estimator, "dt", None))
    steps = getattr(estimator, "steps", getattr(estimator, "transformers_", ()))
    parts = [part for _, part, *_ in steps]
    parts += [estimator.best_estimator_] if hasattr(estimator, "best_estimator_") else []
    return step or next(filter(None, map(_step_of, reversed(parts))), None)


def by_class(y, n_samples):
    """Return the label, the colour and the sample indices of each class."""
    if y is None:
        return [(None, "black", np.arange(n_samples))]
    labels = np.unique(y)
    return [
        (str(label), colour, np.flatnonzero(y == label))
        for label, colour in zip(labels, palette(len(labels)), strict=True)]


def check_labels(y, n_samples, name):
    """Return class labels as an array, or None for None."""
    if y is None:
        return None
    check_container(y, f"y of {name}")
    y = np.asarray(y)
    if y.shape != (n_samples,):
        raise ValueError(
            f"{name} needs one label for each of the {n_samples} samples, got y of shape "
            f"{y.shape}.")
    for i, label in enumerate(y):
        # NaN differs from itself, and pandas.NA has no truth value
        if label is None or not isinstance(label == label, (bool, np.bool_)) or label != label:
            raise ValueError(
                f"{name} needs a label for each sample, got {shown(label)} for sample {i}. Leave "
                "such samples out.")
    return y


def check_names(names, n_channels, name):
    """Return channel names as a list of str, or None for None."""
    if names is None:
        return None
    if isinstance(names, str) or len(names) != n_channels:
        raise ValueError(
            f"{name} needs one name for each of the {n_channels} channels, got "
            f"channel_names={names!r}.")
    return [str(channel) for channel in names]

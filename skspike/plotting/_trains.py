"""What the pictures of spike trains take: trains, labels and names, checked."""

import numpy as np

from .._checks import DT, as_spikes, check_container, check_number, shown
from ._palette import palette


def check_trains(raster, dt, name):
    """Return the trains of one or several samples as an array of three dimensions, and the length of their steps."""
    dt = check_number(dt, "dt", **DT)
    raster = as_spikes(raster, name, "n_channels", "n_steps")
    if raster.ndim > 3 or not len(raster):
        wanted = (
            "(n_samples, n_channels, n_steps) with at least one sample, or (n_channels, n_steps)")
        raise ValueError(f"{name} expects an array of shape {wanted}, got shape {raster.shape}.")
    return raster.reshape(-1, *raster.shape[-2:]), dt


def raster_from(estimator, X, dt, name):
    """Return the spike trains that a transformer makes of X, and the length of their steps."""
    if not hasattr(estimator, "transform"):
        raise ValueError(
            f"{name} expects a transformer that returns spike trains, such as SNNTransformer, got "
            f"{estimator!r}.")
    return estimator.transform(X), (_step_of(estimator) or 1.0) if dt is None else dt


def _step_of(estimator):
    """Return the length of a step of the trains that an estimator makes: its own, or that of the last of its parts that has one."""
    own = getattr(estimator, "dt_", getattr(estimator, "dt", None))
    parts = [
        part
        for _, part, *_ in getattr(estimator, "steps", getattr(estimator, "transformers_", ()))]
    parts += [estimator.best_estimator_] if hasattr(estimator, "best_estimator_") else []
    return own or next(filter(None, map(_step_of, reversed(parts))), None)


def by_class(y, n_samples):
    """Return a label, a colour and the places of the samples of each class."""
    if y is None:
        return [(None, "black", np.arange(n_samples))]
    labels = np.unique(y)
    return [
        (str(label), colour, np.flatnonzero(y == label))
        for label, colour in zip(labels, palette(len(labels)), strict=True)]


def check_labels(y, n_samples, name):
    """Return the class labels of samples as an array, or None if there are none."""
    if y is None:
        return None
    check_container(y, f"y of {name}")
    y = np.asarray(y)
    if y.shape != (n_samples,):
        raise ValueError(
            f"{name} needs one label for each of the {n_samples} samples, got y of shape "
            f"{y.shape}.")
    # None, pandas.NA, nan
    missing = [
        label is None or not isinstance(label == label, (bool, np.bool_)) or label != label
        for label in y]
    if any(missing):
        where = np.flatnonzero(missing)[0]
        raise ValueError(
            f"{name} needs a label for each sample, got {shown(y[where])} for sample {where}; "
            "leave such samples out.")
    return y


def check_names(names, n_channels, name):
    """Return the names of channels as a list, or None if there are none."""
    if names is None:
        return None
    if isinstance(names, str) or len(names) != n_channels:
        raise ValueError(
            f"{name} needs one name for each of the {n_channels} channels, got "
            f"channel_names={names!r}.")
    return [str(channel) for channel in names]

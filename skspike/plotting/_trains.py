"""What the pictures of spike trains take: trains, labels and names, checked."""

import numpy as np

from .._arrays import check_container
from .._validation import DT, as_spikes, check_number
from ._palette import palette


def check_trains(raster, dt, name):
    """Return the trains of one or several samples as an array of three dimensions, and the length of their steps."""
    dt = check_number(dt, "dt", **DT)
    raster = as_spikes(raster, name, "n_channels", "n_steps")
    if raster.ndim > 3 or not len(raster):
        wanted = "(n_samples, n_channels, n_steps) with at least one sample, or (n_channels, n_steps)"
        raise ValueError(f"{name} expects an array of shape {wanted}, got shape {raster.shape}.")
    return raster.reshape(-1, *raster.shape[-2:]), dt


def raster_from(estimator, X, dt, name):
    """Return the spike trains that a transformer makes of X, and the length of their steps."""
    if not hasattr(estimator, "transform"):
        raise ValueError(f"{name} expects a transformer that returns spike trains, such as SNNTransformer, got {estimator!r}.")
    own = _dt_of(estimator) if dt is None else dt
    return estimator.transform(X), 1.0 if own is None else own


def _dt_of(transformer):
    """Return the length of a step of a transformer, of the last in a pipeline or the first in a union that has one, or None."""
    parts = [step for _, step in reversed(getattr(transformer, "steps", ()))]
    parts += [part for _, part, _ in getattr(transformer, "transformers_", ())]
    found = [getattr(transformer, "dt_", getattr(transformer, "dt", None)), *map(_dt_of, parts)]
    return next((dt for dt in found if dt is not None), None)


def by_class(y, n_samples):
    """Return a label, a colour and the places of the samples of each class."""
    if y is None:
        return [(None, "black", np.arange(n_samples))]
    labels = np.unique(y)
    return [(str(label), colour, np.flatnonzero(y == label)) for label, colour in zip(labels, palette(len(labels)), strict=True)]


def check_labels(y, n_samples, name):
    """Return the class labels of samples as an array, or None if there are none."""
    if y is None:
        return None
    check_container(y, f"y of {name}")
    y = np.asarray(y)
    if y.shape != (n_samples,):
        raise ValueError(f"{name} needs one label for each of the {n_samples} samples, got y of shape {y.shape}.")
    return y


def check_names(names, n_channels, name):
    """Return the names of channels as a list, or None if there are none."""
    if names is None:
        return None
    if isinstance(names, str) or len(names) != n_channels:
        raise ValueError(f"{name} needs one name for each of the {n_channels} channels, got channel_names={names!r}.")
    return [str(channel) for channel in names]

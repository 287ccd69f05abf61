"""Surrogates of rasters: controls that keep some statistics of spike trains and destroy others."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import cross_val_score
from sklearn.utils import check_random_state

from .._base import (
    SIZE_LIMITS, Array, Seed, Step, as_numbers, check_container, check_dt, check_labels,
    check_number, check_numbers, check_raster, shown)
from .._meta import folds

N_ROUNDS = 10  # of swaps: each sample meets so many others


def jitter_spikes(
        X: ArrayLike, window: float, *, dt: Step = 1.0, random_state: Seed = None) -> Array:
    """Move each spike to a random step of its window.

    Time is cut into windows, and the steps of each window are permuted, separately for each sample
    and channel [1]_. So spike counts of windows do not change, and spike times within windows, and
    synchrony that is finer than a window, become random. A window as long as the sample keeps only
    the spike counts of trains.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_channels, n_steps)
        Raster of 0 and 1.
    window : float
        Length of the windows in ms, at least one step. It is rounded to steps. The last window may
        be shorter.
    dt : float or RasterInfo, default=1.0
        Length of a step in ms, or the `skspike.io.RasterInfo` of the raster, which has it.
    random_state : int, RandomState instance or None, default=None
        Seed of the new times.

    Returns
    -------
    surrogate : ndarray in the shape of X, uint8
        A new raster.

    Raises
    ------
    ValueError
        If X is no raster of three dimensions, or a parameter is outside its range.

    See Also
    --------
    swap_times : Also keep the course of the rate in each class.
    timing_scores : Score a classifier on surrogates.

    References
    ----------
    .. [1] A. Amarasingham, M. T. Harrison, N. G. Hatsopoulos, S. Geman, "Conditional modeling and
        the jitter method of spike resampling", Journal of Neurophysiology 107, 2012.

    Examples
    --------
    >>> from skspike.inspection import jitter_spikes
    >>> raster = [[[1, 0, 0, 0, 0, 0, 1, 1]]]
    >>> jittered = jitter_spikes(raster, 4.0, random_state=0)
    >>> jittered.reshape(2, 4).sum(axis=1).tolist()
    [1, 2]
    """
    X = _raster(X, "jitter_spikes")
    dt = check_dt(dt)
    width = round(min(check_number(window, "window", low=dt) / dt, X.shape[2]))
    rng, result = check_random_state(random_state), np.empty_like(X)
    for start in range(0, X.shape[2], width):
        part = X[..., start : start + width]
        order = rng.random_sample(part.shape).argsort(axis=2)
        result[..., start : start + width] = np.take_along_axis(part, order, axis=2)
    return result


def shuffle_trials(X: ArrayLike, y: ArrayLike, *, random_state: Seed = None) -> Array:
    """Permute the samples of each channel within each class.

    Each train stays as it is, but the trains of a new sample are from different samples of the
    class [1]_. So rates and spike times of each channel do not change, and what channels share in a
    trial, such as synchrony or a common gain, is destroyed.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_channels, n_steps)
        Raster of 0 and 1.
    y : array-like of shape (n_samples,)
        Class labels.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations.

    Returns
    -------
    surrogate : ndarray in the shape of X, uint8
        A new raster.

    Raises
    ------
    ValueError
        If X is no raster of three dimensions, there is not one label for each sample, or a label is
        missing (NaN or None) or neither an integer nor a string.

    See Also
    --------
    swap_times : Also destroy relations within trains.
    timing_scores : Score a classifier on surrogates.

    References
    ----------
    .. [1] B. B. Averbeck, P. E. Latham, A. Pouget, "Neural correlations, population coding and
        computation", Nature Reviews Neuroscience 7, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.datasets import make_sync
    >>> from skspike.inspection import shuffle_trials
    >>> X, y = make_sync(100, random_state=0)
    >>> shuffled = shuffle_trials(X, y, random_state=0)
    >>> np.array_equal(X[y == 1].sum(axis=0), shuffled[y == 1].sum(axis=0))
    True
    """
    X = _raster(X, "shuffle_trials")
    rng, result = check_random_state(random_state), np.empty_like(X)
    for rows in _classes(y, len(X), "shuffle_trials"):
        order = rng.random_sample((len(rows), X.shape[1])).argsort(axis=0)
        result[rows] = X[rows[order], np.arange(X.shape[1])]
    return result


def swap_times(X: ArrayLike, y: ArrayLike, *, random_state: Seed = None) -> Array:
    """Swap spike times between samples of a class, and keep all spike counts.

    Each train keeps its number of spikes, and each channel the number of spikes of a class in each
    step. So the counts of trials and the course of the mean rate do not change, and all relations
    between spike times in a trial, within and between trains, are destroyed. Spikes that are only
    in one of two samples are divided among them at random, for ten random pairs of each sample
    [1]_.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_channels, n_steps)
        Raster of 0 and 1.
    y : array-like of shape (n_samples,)
        Class labels.
    random_state : int, RandomState instance or None, default=None
        Seed of the swaps.

    Returns
    -------
    surrogate : ndarray in the shape of X, uint8
        A new raster.

    Raises
    ------
    ValueError
        If X is no raster of three dimensions, there is not one label for each sample, or a label is
        missing (NaN or None) or neither an integer nor a string.

    See Also
    --------
    jitter_spikes : Keep counts of windows.
    timing_scores : Score a classifier on surrogates.

    References
    ----------
    .. [1] G. Strona, D. Nappo, F. Boccacci, S. Fattorini, J. San-Miguel-Ayanz, "A fast and unbiased
        procedure to randomize ecological binary matrices with fixed row and column totals", Nature
        Communications 5, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.datasets import make_order
    >>> from skspike.inspection import swap_times
    >>> X, y = make_order(100, random_state=0)
    >>> swapped = swap_times(X, y, random_state=0)
    >>> np.array_equal(X.sum(axis=2), swapped.sum(axis=2))
    True
    >>> np.array_equal(X[y == 1].sum(axis=0), swapped[y == 1].sum(axis=0))
    True
    """
    result, rng = _raster(X, "swap_times").copy(), check_random_state(random_state)
    for rows in _classes(y, len(result), "swap_times"):
        half = len(rows) // 2
        for _ in range(N_ROUNDS if half else 0):
            first, second = rng.permutation(rows)[: 2 * half].reshape(2, half)
            ours, theirs = result[first], result[second]
            differs = ours != theirs
            # divide the spikes that only one of two samples has among them at random
            keys = np.where(differs, rng.random_sample(ours.shape), 2.0)
            ranks = keys.argsort(axis=2).argsort(axis=2)
            n_ours = (ours & differs).sum(axis=2, keepdims=True)
            result[first] = np.where(differs, ranks < n_ours, ours)
            result[second] = np.where(differs, ranks >= n_ours, theirs)
    return result


def _raster(X, name):
    """Return X as a raster of three dimensions, or raise."""
    raster = check_raster(as_numbers(X, name), name)
    if raster.ndim != 3:
        raise ValueError(
            f"{name} expects a raster of shape (n_samples, n_channels, n_steps), got shape "
            f"{raster.shape}.")
    return raster


def _classes(y, n_samples, name):
    """Return the rows of each class, or raise."""
    check_container(y, f"y of {name}")
    y = np.asarray(y)
    if y.shape != (n_samples,):
        raise ValueError(
            f"{name} needs one label for each of the {n_samples} samples, got y of shape "
            f"{y.shape}.")
    with np.errstate(invalid="ignore"):  # scikit-learn converts NaN to an integer
        check_labels(y, name)
    return [np.flatnonzero(y == label) for label in np.unique(y)]


class TimingScores(NamedTuple):
    """Scores of a classifier on a raster and on its surrogates."""

    original: Array
    surrogates: dict[str, Array]


def timing_scores(
        model: Any, X: ArrayLike, y: ArrayLike, *, windows: Sequence[float] = (5.0, 20.0, 80.0),
        dt: Step = 1.0, cv: Any = None, groups: ArrayLike | None = None, scoring: Any = None,
        n_repeats: int = 3, random_state: Seed = None) -> TimingScores:
    """Score a classifier on a raster and on its surrogates, to learn if timing matters.

    The classifier is fitted on each surrogate anew, by cross-validation. If its score falls, it
    uses what the surrogate destroys, and no other part of the surrogate has the same information.

    Parameters
    ----------
    model : classifier
        Classifier of rasters, such as `skspike.SNNClassifier` or a Pipeline, which is cloned.
    X : array-like of shape (n_samples, n_channels, n_steps)
        Raster of 0 and 1.
    y : array-like of shape (n_samples,)
        Class labels.
    windows : sequence of float, default=(5.0, 20.0, 80.0)
        Windows of jitter in ms (`jitter_spikes`). Longer than a sample means the whole sample.
    dt : float or RasterInfo, default=1.0
        Length of a step in ms, or the `skspike.io.RasterInfo` of the raster, which has it.
    cv : int, cross-validation splitter, list of (train, test) or None, default=None
        Folds, or the number of stratified folds. With `groups`, folds keep groups together. None
        means 5, or less if there are fewer samples in a class or fewer groups.
    groups : array-like of shape (n_samples,) or None, default=None
        Block of the recording of each sample, for the folds.
    scoring : str, callable or None, default=None
        Score, by a name of scikit-learn or as ``scoring(model, X, y)``. None: ``model.score``.
    n_repeats : int, default=3
        Number of surrogates of each kind.
    random_state : int, RandomState instance or None, default=None
        Seed of the surrogates.

    Returns
    -------
    original : ndarray of shape (n_folds,)
        Scores on the raster. Results are a named tuple.
    surrogates : dict of str to ndarray of shape (n_repeats, n_folds)
        Scores on each surrogate by its name: "jitter 5 ms" and so on, "shuffled trials" and
        "swapped times".

    Raises
    ------
    ValueError
        If X is no raster of three dimensions, `y` does not have one label for each sample, or a
        parameter is outside its range.

    See Also
    --------
    jitter_spikes : Keep counts of windows.
    shuffle_trials : Keep trains.
    swap_times : Keep counts of trials and the course of the mean rate.
    skspike.SlidingDecoder : Score windows of time.

    Examples
    --------
    Spike counts do not change if spikes are moved:

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skspike import SpikeCounter
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import timing_scores
    >>> X, y = make_poisson(100, 4, 100, random_state=0)
    >>> model = make_pipeline(SpikeCounter(), LogisticRegression())
    >>> scores = timing_scores(model, X, y, windows=[10.0], random_state=0)
    >>> bool((scores.surrogates["jitter 10 ms"] == scores.original).all())
    True
    """
    raster, dt = _raster(X, "timing_scores"), check_dt(dt)
    _classes(y, len(raster), "timing_scores")
    windows = check_numbers(windows, "windows", low=dt)
    n_repeats = check_number(n_repeats, "n_repeats", **SIZE_LIMITS)
    cv, rng = folds(cv, np.asarray(y), groups), check_random_state(random_state)

    def scores_of(surrogate):
        return cross_val_score(model, surrogate, y, cv=cv, scoring=scoring)

    makers: dict[str, Any] = {
        **{
            f"jitter {window:g} ms": partial(jitter_spikes, raster, window, dt=dt, random_state=rng)
            for window in windows},
        "shuffled trials": partial(shuffle_trials, raster, y, random_state=rng),
        "swapped times": partial(swap_times, raster, y, random_state=rng)}
    if len(makers) < len(windows) + 2:
        raise ValueError(f"windows must differ in six digits, got {shown(list(windows))}.")
    return TimingScores(
        scores_of(raster),
        {
            name: np.array([scores_of(make()) for _ in range(n_repeats)])
            for name, make in makers.items()})

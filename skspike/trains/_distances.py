"""Distances between all spike trains of two rasters.

    van Rossum        D^2 = (a, a) + (b, b) - (a, b) - (b, a), of products in `_trains`
    Victor-Purpura    G(i, j) = min of G(i-1, j) + 1, G(i, j-1) + 1 and
                      G(i-1, j-1) + cost |s_i - t_j|
    ISI               mean over time of |v_a - v_b| / max(v_a, v_b)
    SPIKE             mean over time of 2 (d_a v_b + d_b v_a) / (v_a + v_b)^2

At each moment, v is the interval between the spikes around it. d is interpolated between the
distances of these two spikes from the other train. A distance is the sum of terms of one pair in a
fixed order, so its bits do not depend on the other pairs.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .._base import Array, Step, check_dt, check_number, complete, kernel, scalar
from ._spike_lists import norms, products, spike_lists


@kernel
def squares_of(own, others, forth, back):
    """Return the squares of distances from products of samples, not below 0.

    The products of a pair are added in both orders, so that the result is symmetric.
    """
    result = np.empty((own.size, others.size))
    for i in range(own.size):
        for j in range(others.size):
            result[i, j] = max(own[i] + others[j] - (forth[i, j] + back[j, i]), 0.0)
    return result


def between(s, t, parameter, room):
    """Return the distance of two trains: a placeholder of `pairs`."""


def pairs(s, s_starts, t, t_starts, n_channels, is_same, parameter):
    """Return the distances of all samples, summed over channels."""
    shape = (s_starts.size - 1) // n_channels, (t_starts.size - 1) // n_channels
    result = np.zeros(shape)
    room = np.empty(np.max(np.diff(t_starts)) + 1 if t_starts.size > 1 else 1)
    for i in range(shape[0]):
        for j in range(i + 1 if is_same else 0, shape[1]):
            total = 0.0
            for c in range(n_channels):
                a, b = i * n_channels + c, j * n_channels + c
                total += between(
                    s[s_starts[a] : s_starts[a + 1]], t[t_starts[b] : t_starts[b + 1]], parameter,
                    room)
            result[i, j] = total
            if is_same:
                result[j, i] = total
    return result


@scalar
def victor_purpura_between(s, t, cost, row):
    """Return the distance of two trains. `row` is G(i, .), which replaces G(i-1, .) in place."""
    for j in range(t.size + 1):
        row[j] = j
    for i in range(s.size):
        diagonal = row[0]
        row[0] = i + 1.0
        for j in range(t.size):
            moved = diagonal + cost * abs(s[i] - t[j])
            diagonal = row[j + 1]
            row[j + 1] = min(moved, diagonal + 1.0, row[j] + 1.0)
    return row[t.size]


@scalar
def isi_between(s, t, n_steps, room):
    """Return the ISI-distance of two trains with auxiliary spikes."""
    i, j = first_interval(s), first_interval(t)
    total, now = 0.0, 0
    while now < n_steps:
        v_s, v_t = s[i + 1] - s[i], t[j + 1] - t[j]
        end = min(s[i + 1], t[j + 1], n_steps)
        total += (end - now) * abs(v_s - v_t) / max(v_s, v_t)
        i += s[i + 1] == end
        j += t[j + 1] == end
        now = end
    return total / n_steps


@scalar
def spike_between(s, t, n_steps, room):
    """Return the SPIKE-distance of two trains with auxiliary spikes."""
    i, j = first_interval(s), first_interval(t)
    total, now = 0.0, 0
    while now < n_steps:
        v_s, v_t = s[i + 1] - s[i], t[j + 1] - t[j]
        end = min(s[i + 1], t[j + 1], n_steps)
        # the profile is linear between events, so its mean is the value in the middle
        middle = 0.5 * (now + end)
        weighted = v_t * distance_at(middle, s, i, t, j) + v_s * distance_at(middle, t, j, s, i)
        total += (end - now) * 2.0 * weighted / (v_s + v_t) ** 2
        i += s[i + 1] == end
        j += t[j + 1] == end
        now = end
    return total / n_steps


@scalar
def first_interval(s):
    """Return the index of the interval that contains the first step."""
    return 1 if s[1] == 0 else 0


@scalar
def distance_at(moment, s, i, t, j):
    """Return the interpolated distance of spikes i and i + 1 of s from the train t."""
    # auxiliary spikes have the distance of the spike next to them
    before = nearest(s[max(i, 1)], t, j)
    after = nearest(s[min(i + 1, s.size - 2)], t, j)
    return (before * (s[i + 1] - moment) + after * (moment - s[i])) / (s[i + 1] - s[i])


@scalar
def nearest(step, t, j):
    """Return the distance of a step from the nearest spike of a train. The search starts at j."""
    while j > 0 and abs(step - t[j - 1]) <= abs(step - t[j]):
        j -= 1
    while j < t.size - 1 and abs(step - t[j + 1]) <= abs(step - t[j]):
        j += 1
    return abs(step - t[j])


def van_rossum(
        X: ArrayLike, Y: ArrayLike | None = None, *, tau: float = 10.0, dt: Step = 1.0,
        cos_theta: float = 0.0) -> Array:
    """Return the van Rossum distances between all samples of two rasters.

    Each train is filtered by an exponential kernel, and the distance is the Euclidean distance of
    the filtered trains in continuous time. It compares spike times if `tau` is short, and spike
    counts if `tau` is long.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_channels, n_steps) or (n_samples_X, n_steps), or list
        Rasters of 0 and 1. Samples of unequal length are a list of arrays (n_channels, n_steps).
    Y : array-like or None, default=None
        Rasters with the same channels. Lengths may differ from `X`. None: the same as `X`.
    tau : float, default=10.0
        Time constant of the kernel in ms, above 0.
    dt : float or RasterInfo, default=1.0
        Length of a step in ms, or the `skspike.io.RasterInfo` of the raster, which has it.
    cos_theta : float, default=0.0
        From 0 to 1. At 0, channels are independent: the square of the distance is the sum of the
        squares of all channels. At 1, channels are pooled: the distance depends only on the times
        of the spikes and not on their channels. Values between are the multi-unit distance, where
        theta is the angle between the directions of channels.

    Returns
    -------
    distances : ndarray of shape (n_samples_X, n_samples_Y), float64
        Distances, at least 0. An additional spike, far away from all others, adds 1 to the square.

    Raises
    ------
    TypeError
        If the input is not an array of real numbers.
    ValueError
        If a value is not 0 or 1, the rasters have different channels, or a parameter is outside its
        range.

    See Also
    --------
    victor_purpura : A similar distance, which counts the changes of single spikes.
    DistanceTransformer : Distances for classifiers of scikit-learn.

    Notes
    -----
    The distance is normalised as in elephant. In the paper, squares are half of it. It is computed
    from products of trains, which are summed over pairs of spikes. So it takes the same time for
    short and long `tau`, and distances of equal trains are exactly 0.

    References
    ----------
    .. [1] M. C. W. van Rossum, "A novel spike distance", Neural Computation 13, 751-763, 2001.
    .. [2] C. Houghton, K. Sen, "A new multineuron spike train metric", Neural Computation 20,
        1495-1511, 2008.

    Examples
    --------
    >>> from skspike.trains import van_rossum
    >>> early, late, none = [1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0]
    >>> van_rossum([early, late, none], tau=2.0).round(3)
    array([[0.   , 1.315, 1.   ],
           [1.315, 0.   , 1.   ],
           [1.   , 1.   , 0.   ]])
    """
    first, second = _both(X, Y, "van_rossum")
    tau = check_number(tau, "tau", above=0)
    dt = check_dt(dt)
    share = check_number(cos_theta, "cos_theta", low=0, high=1)
    decay = math.exp(-dt / tau)
    squares = _squares(first, second, decay)
    if share:
        pooled = first.pooled(), None if second is None else second.pooled()
        squares = (1 - share) * squares + share * _squares(*pooled, decay)
    return np.sqrt(squares, out=squares)


def victor_purpura(
        X: ArrayLike, Y: ArrayLike | None = None, *, cost: float = 0.1, dt: Step = 1.0) -> Array:
    """Return the Victor-Purpura distances between all samples of two rasters.

    The distance is the smallest cost to change one train into the other. To add or remove a spike
    costs 1, to move a spike costs `cost` per ms. So spikes count as the same up to ``2 / cost`` ms
    apart. With several channels, the distance is the sum over channels.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_channels, n_steps) or (n_samples_X, n_steps), or list
        As in `van_rossum`.
    Y : array-like or None, default=None
        As in `van_rossum`.
    cost : float, default=0.1
        Cost to move a spike by 1 ms, at least 0. At 0, the distance is the difference of the spike
        counts.
    dt : float or RasterInfo, default=1.0
        Length of a step in ms, or the `skspike.io.RasterInfo` of the raster, which has it.

    Returns
    -------
    distances : ndarray of shape (n_samples_X, n_samples_Y), float64
        Distances, from 0 to the number of spikes in both samples.

    Raises
    ------
    TypeError
        If the input is not an array of real numbers.
    ValueError
        As in `van_rossum`.

    See Also
    --------
    van_rossum : A similar distance that takes less time.

    References
    ----------
    .. [1] J. D. Victor, K. P. Purpura, "Nature and precision of temporal coding in visual cortex: a
        metric-space analysis", Journal of Neurophysiology 76, 1310-1326, 1996.

    Examples
    --------
    >>> from skspike.trains import victor_purpura
    >>> early, late, none = [1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0]
    >>> victor_purpura([early, none], [early, late, none], cost=0.2)
    array([[0. , 0.8, 1. ],
           [1. , 1. , 0. ]])
    """
    first, second = _both(X, Y, "victor_purpura")
    cost = check_number(cost, "cost", low=0) * check_dt(dt)
    # it never pays to move a spike for more than 2, so the limit changes nothing but overflow
    return _pairs(victor_purpura_between, first, second, min(cost, 2.0))


def isi_distance(X: ArrayLike, Y: ArrayLike | None = None) -> Array:
    """Return the ISI-distances between all samples of two rasters.

    At each moment, the intervals between the spikes around it are compared: the distance is the
    mean over time of the difference of the two intervals, divided by the longer one. It has no
    parameter and compares rates. With several channels, it is the mean over channels.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_channels, n_steps) or (n_samples_X, n_steps)
        Rasters of 0 and 1.
    Y : array-like or None, default=None
        Rasters with the same channels and steps. None: the same as `X`.

    Returns
    -------
    distances : ndarray of shape (n_samples_X, n_samples_Y), float64
        Distances from 0 to 1.

    Raises
    ------
    TypeError
        If the input is not an array of real numbers.
    ValueError
        If a value is not 0 or 1, or the rasters have different channels or lengths.

    See Also
    --------
    spike_distance : Compares spike times instead of intervals.

    Notes
    -----
    The first interval begins at the start of the recording, and is at least as long as the next
    one. The last interval is treated in the same way. A train without spikes has one interval, the
    whole recording.

    References
    ----------
    .. [1] T. Kreuz, J. S. Haas, A. Morelli, H. D. I. Abarbanel, A. Politi, "Measuring spike train
        synchrony", Journal of Neuroscience Methods 165, 151-161, 2007.

    Examples
    --------
    >>> from skspike.trains import isi_distance
    >>> fast, slow = [1, 0, 1, 0, 1, 0, 1, 0], [0, 1, 0, 0, 0, 1, 0, 0]
    >>> isi_distance([fast], [fast, slow])
    array([[0. , 0.5]])
    """
    return _over_time(isi_between, X, Y, "isi_distance")


def spike_distance(X: ArrayLike, Y: ArrayLike | None = None) -> Array:
    """Return the SPIKE-distances between all samples of two rasters.

    Each spike has a distance from the nearest spike of the other train. Between spikes, it is
    interpolated, and divided by the mean interval of both trains. The SPIKE-distance is the mean
    over time. It has no parameter and compares spike times, relative to the local rate. With
    several channels, it is the mean over channels.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_channels, n_steps) or (n_samples_X, n_steps)
        Rasters of 0 and 1.
    Y : array-like or None, default=None
        Rasters with the same channels and steps. None: the same as `X`.

    Returns
    -------
    distances : ndarray of shape (n_samples_X, n_samples_Y), float64
        Distances, at least 0. They exceed 1 only in rare cases.

    Raises
    ------
    TypeError
        If the input is not an array of real numbers.
    ValueError
        If a value is not 0 or 1, or the rasters have different channels or lengths.

    See Also
    --------
    isi_distance : Compares intervals.

    Notes
    -----
    The first and last interval are as in `isi_distance`. They end in auxiliary spikes, which have
    the distance of the spike next to them. A train without spikes has a spike at each end of the
    recording. The values equal the results of PySpike, except for a train whose only spike is in
    the first step, where PySpike treats the two ends differently.

    References
    ----------
    .. [1] T. Kreuz, D. Chicharro, C. Houghton, R. G. Andrzejak, F. Mormann, "Monitoring spike train
        synchrony", Journal of Neurophysiology 109, 1457-1472, 2013.

    Examples
    --------
    >>> from skspike.trains import spike_distance
    >>> train, shifted = [0, 1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    >>> spike_distance([train], [train, shifted]).round(3)
    array([[0.  , 0.25]])
    """
    return _over_time(spike_between, X, Y, "spike_distance")


def _both(X, Y, name):
    """Return the spikes of X and of Y. The spikes of None are None."""
    first = spike_lists(X, name)
    second = None if Y is None else spike_lists(Y, name)
    if second is not None and first.n_channels != second.n_channels:
        raise ValueError(
            f"{name} compares rasters with the same channels, got {first.n_channels} channels in X "
            f"and {second.n_channels} in Y.")
    return first, second


def _over_time(between, X, Y, name):
    """Return distances that are means over the time of a recording and over channels."""
    first, second = _both(X, Y, name)
    every = first.lengths if second is None else np.concatenate([first.lengths, second.lengths])
    if len(set(every.tolist())) > 1:
        raise ValueError(
            f"{name} compares rasters of equal length, got from {every.min()} to {every.max()} "
            "steps. Cut them to equal length, or use van_rossum or victor_purpura.")
    n_steps = first.n_steps
    edged = [lists and lists.with_edges(n_steps) for lists in (first, second)]
    return _pairs(between, *edged, n_steps) / first.n_channels


def _pairs(between, first, second, parameter):
    """Return the distances of all pairs, computed pair by pair."""
    other = first if second is None else second
    return complete(pairs, between=between)(
        first.steps, first.starts, other.steps, other.starts, first.n_channels, second is None,
        parameter)


def _squares(first, second, decay):
    """Return the squares of van Rossum distances."""
    own = norms(first, decay)
    if second is None:
        forth = products(first, first, decay)
        return squares_of(own, own, forth, forth)
    return squares_of(
        own, norms(second, decay), products(first, second, decay), products(second, first, decay))


DISTANCES: dict[str, Callable[..., Array]] = {
    "van_rossum": van_rossum, "victor_purpura": victor_purpura, "isi": isi_distance,
    "spike": spike_distance}

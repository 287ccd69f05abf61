"""Kernels of the distances of spike trains.

    van Rossum        D^2 = (a, a) + (b, b) - (a, b) - (b, a), of products in `_trains`
    Victor-Purpura    G(i, j) = min of G(i-1, j) + 1, G(i, j-1) + 1 and
                      G(i-1, j-1) + cost |s_i - t_j|
    ISI               mean over time of |v_a - v_b| / max(v_a, v_b)
    SPIKE             mean over time of 2 (d_a v_b + d_b v_a) / (v_a + v_b)^2

At each moment, v is the interval between the spikes around it. d is interpolated between the
distances of these two spikes from the other train. A distance is the sum of terms of one pair in a
fixed order, so its bits do not depend on the other pairs.
"""

import numpy as np

from .._compile import kernel, scalar


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

"""Base class of the augmentations, and random changes of channels, time and single events.

    place of channel c    middle + stretch (c - middle) + shift
    place of step t       middle + stretch (t - middle) + shift + jitter

Spikes move to the nearest place. Signals are read at the place nearest to the one that moves to
each channel and step. Interpolation would smooth the training samples but not those to predict.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from .._base import (
    LARGEST, UNIT, Array, clear_lowest, convert, draw, kernel, key_words, scalar, shown,
    trailing_zeros)
from ..simulation import Events, from_raster, n_listed

N_AMOUNTS = 5  # random amounts of a sample, from counter 0 on. Events follow.


class Augmentation(ABC, BaseEstimator):
    """Base of the augmentations: random changes of training samples that keep their class.

    An augmentation defines `apply`. Networks call it for each mini-batch, before the encoder and
    the delays, so each epoch has other changes. Predictions use the samples as they are.

    See Also
    --------
    Augment : Shifts and stretches channels and time.
    MoveImages : Shifts images.
    skspike.learning.SurrogateGradient : Takes it as `augment`.

    Examples
    --------
    Reverse half of the channels:

    >>> import numpy as np
    >>> from skspike.coding import Augmentation
    >>> class Mirror(Augmentation):
    ...     def apply(self, X, keys, spikes):
    ...         is_odd = (keys % 2 == 1)[:, None, None]
    ...         return np.where(is_odd, X[:, ::-1], X)
    >>> X = np.array([[[1, 1], [0, 0]], [[1, 0], [0, 0]]], np.uint8)
    >>> Mirror().apply(X, np.array([6, 7], np.uint64), spikes=True).tolist()
    [[[1, 1], [0, 0]], [[0, 0], [1, 0]]]
    """

    takes_tables = False  # whether it changes rows of features (2-D input), as series of one step

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""

    @abstractmethod
    def apply(self, X: Array, keys: Array, spikes: bool) -> Array:
        """Return changed samples.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_channels, n_steps)
            Samples. They must not be changed in place.
        keys : ndarray of shape (n_samples,), uint64
            Random bits of each sample, as its only source of random numbers. So a result depends
            neither on the batch nor on the order of the samples.
        spikes : bool
            Whether values other than 0 are spikes, with a sign or without. Otherwise they are
            samples of continuous signals.

        Returns
        -------
        X : ndarray of shape (n_samples, n_channels, n_steps)
            The changed samples, in the dtype of `X`.
        """

    def apply_to_events(self, events: Events, keys: Array) -> Events:
        """Return changed spikes. Networks call it for rasters.

        The default converts the events to a raster for `apply`. A faster method gives the same.

        Parameters
        ----------
        events : Events
            Spikes, without patterns of channels.
        keys : ndarray of shape (n_samples,), uint64
            Random bits of each sample.

        Returns
        -------
        events : Events
            The changed spikes, without patterns of channels.
        """
        return from_raster(self.apply(events.raster(), keys, spikes=True), dense_share=1.0)


def checked_augmentation(augment: Any, others: str = "or None") -> Augmentation | None:
    """Return a checked copy of an augmentation, or None for None. An error names the `others`."""
    if augment is None:
        return None
    if not isinstance(augment, Augmentation):
        raise TypeError(
            "augment must be an Augmentation, such as Augment(time_shift=0.1), "
            f"{others}, got {shown(augment)}.")
    copy: Augmentation = clone(augment)
    copy.check()
    return copy


@scalar
def between(counter, low, high):
    """Return a random number from -1 to 1."""
    return 2 * UNIT * draw(counter, low, high) - 1


@scalar
def amounts_of(key, amounts):
    """Draw the amounts of a sample. Random bits below `level` remove an event."""
    low, high = key_words(key, 1)
    channel_shift = amounts[0] * between(0, low, high)
    channel_stretch = 1 + amounts[1] * between(1, low, high)
    time_shift = amounts[2] * between(2, low, high)
    time_stretch = 1 + amounts[3] * between(3, low, high)
    level = amounts[4] * draw(4, low, high)
    return low, high, channel_shift, channel_stretch, time_shift, time_stretch, level


@scalar
def place_of(c, n_channels, stretch, shift):
    """Return the new place of a channel, or -1 if it is outside."""
    middle = (n_channels - 1) / 2
    channel = math.floor(middle + stretch * (c - middle) + shift + 0.5)
    return channel if 0 <= channel < n_channels else -1


@scalar
def time_of(c, t, n_steps, late, slow, jitter, level, low, high):
    """Return the new step of a spike, or -1 if it is outside or removed."""
    counter, middle = N_AMOUNTS + 2 * (c * n_steps + t), (n_steps - 1) / 2
    if level > 0 and draw(counter, low, high) < level:
        return -1
    place = middle + slow * (t - middle) + late + 0.5
    if jitter > 0:
        place += jitter * between(counter + 1, low, high)
    return int(place) if 0 <= place < n_steps else -1


@kernel
def move(X, keys, amounts, changed):
    """Write each spike to its new place."""
    n_channels, n_steps = X.shape[1:]
    for b in range(len(X)):
        low, high, shift, stretch, late, slow, level = amounts_of(keys[b], amounts)
        for c in range(n_channels):
            channel = place_of(c, n_channels, stretch, shift)
            if channel < 0:
                continue
            for t in range(n_steps):
                if X[b, c, t] != 0:
                    step = time_of(c, t, n_steps, late, slow, amounts[5], level, low, high)
                    if step >= 0:
                        changed[b, channel, step] = X[b, c, t]


@scalar
def mark(ptr, idx, key, amounts, n_steps, words):
    """Set the bits of the spikes of a sample at their new places, from the list of each step."""
    n_channels = words.shape[1]
    low, high, shift, stretch, late, slow, level = amounts_of(key, amounts)
    new = np.empty(n_channels, np.int64)
    for c in range(n_channels):
        new[c] = place_of(c, n_channels, stretch, shift)
    # without jitter and losses, all spikes of a step move to one step
    alike = amounts[4] == 0 and amounts[5] == 0
    for t in range(n_steps):
        step = time_of(0, t, n_steps, late, slow, 0.0, 0.0, low, high)
        for e in range(ptr[t], ptr[t + 1]):
            c = np.int64(idx[e])
            if not alike:
                step = time_of(c, t, n_steps, late, slow, amounts[5], level, low, high)
            if step >= 0 and new[c] >= 0:
                words[step // 64, new[c]] |= np.uint64(1) << np.uint64(step % 64)


@scalar
def list_steps(words, n, counts, channel, ptr, idx):
    """List the steps of each channel from position n on, and count the spikes of each step.

    Also write the channel of each spike. Return the next position.
    """
    for c in range(words.shape[1]):
        for k in range(len(words)):
            word, more = words[k, c], True
            while more:  # the first time without a condition, which would be hard to predict
                step, is_spike = 64 * k + np.int64(trailing_zeros(word)), word != np.uint64(0)
                idx[n], channel[n] = step, c
                counts[step] += is_spike
                n += is_spike
                word = clear_lowest(word)
                more = word != np.uint64(0)
        ptr[c] = n
    return n


@scalar
def list_channels(channel, step, first, place, ptr, idx):
    """List the channels of each step from a position on.

    `place` holds the number of spikes of each step, and is overwritten by the ends of the lists.
    """
    start = first
    for t in range(len(ptr) - 1):
        count = place[t]
        place[t] = start
        start += count
        ptr[t] = start
    ptr[-1] = start
    for e in range(len(step)):
        t = step[e]
        idx[place[t]] = channel[e]
        place[t] += 1


@kernel
def move_events(
        rows, ptr, idx, keys, amounts, words, n_steps, step_ptr, step_idx, channel_ptr,
        channel_idx):
    """Move the spikes of some samples, from lists of channels to lists of channels and of steps.

    `words` (n_words, n_channels) are working memory: 64 steps of a channel in a word, in which
    spikes that meet become one. Return the number of spikes.
    """
    n_channels, n = words.shape[1], 0
    counts, channel = np.empty(64 * len(words) + 1, np.int64), np.empty(len(channel_idx), np.int32)
    for b in range(len(rows)):
        words[:], counts[:] = 0, 0
        mark(ptr[rows[b] * (n_steps + 1) :], idx, keys[b], amounts, n_steps, words)
        first = n
        n = list_steps(words, n, counts, channel, channel_ptr[b * n_channels + 1 :], channel_idx)
        list_channels(
            channel[first:n], channel_idx[first:n], first, counts,
            step_ptr[b * (n_steps + 1) + 1 : (b + 1) * (n_steps + 1) + 1], step_idx)
    return n


@scalar
def nearest(place, n):
    """Return the index nearest to a place among n values. Beyond the ends it is the end."""
    return int(min(max(place + 0.5, 0.0), n - 1.0))


@kernel
def read(X, keys, amounts, changed):
    """Read each value of a signal nearest to the place that moves to its channel and step."""
    n_channels, n_steps = X.shape[1:]
    middle_channel, middle = (n_channels - 1) / 2, (n_steps - 1) / 2
    jitter, step = amounts[5], np.empty(n_steps, np.int64)
    for b in range(len(X)):
        low, high, shift, stretch, late, slow, level = amounts_of(keys[b], amounts)
        for t in range(n_steps):
            step[t] = nearest(middle + (t - late - middle) / slow, n_steps)
        for c in range(n_channels):
            source = X[b, nearest(
                middle_channel + (c - middle_channel - shift) / stretch, n_channels)]
            counter = N_AMOUNTS + 2 * c * n_steps
            for t in range(n_steps):
                if jitter > 0:
                    moved = t - late - jitter * between(counter + 2 * t + 1, low, high)
                    step[t] = nearest(middle + (moved - middle) / slow, n_steps)
                changed[b, c, t] = source[step[t]]
            if level > 0:
                for t in range(1, n_steps):
                    if draw(counter + 2 * t, low, high) < level:
                        changed[b, c, t] = changed[b, c, t - 1]


class Augment(Augmentation):
    """Shift and stretch channels and time, and remove or move single events.

    Each parameter is the largest amount. The amount of each sample is drawn uniformly up to it, in
    both directions. So 0 turns a change off, and all are off by default. Networks learn from
    samples that are changed anew in every epoch, which helps if other sources, such as speakers or
    sensors, differ from those of the training data in this way. Shifts and stretches of channels
    are useful only if neighbouring channels are similar, such as frequencies or positions. For
    channels without an order leave them at 0.

    Spikes (rasters, and series of -1, 0 and 1) move to the nearest channel and step. Spikes that
    leave the sample are lost, and spikes that meet become one. Other series are read at the nearest
    places, without interpolation, which would smooth them. Beyond the ends they keep the value at
    the end.

    Parameters
    ----------
    channel_shift : float, default=0.0
        Largest shift over the channels, as a fraction of their number, from 0 to 1.
    channel_stretch : float, default=0.0
        Largest change of the distance from the middle channel, as a fraction, from 0 to 0.9.
    time_shift : float, default=0.0
        Largest shift in time, as a fraction of the length of the sample, from 0 to 1.
    time_stretch : float, default=0.0
        Largest change of the time from the middle of the sample, as a fraction, from 0 to 0.9. It
        changes the tempo.
    drop : float, default=0.0
        Largest share of events that are removed, from 0 to 1. A spike is removed. A value of
        another series is replaced by the value of the previous step. Unlike ``dropout`` of the
        learning rules, the other events are not scaled up, and the share differs between samples.
    jitter : float, default=0.0
        Largest shift in time of a single event, in steps. It is drawn for each event, and the other
        amounts for each sample.

    See Also
    --------
    skspike.learning.SurrogateGradient : Takes it as `augment`.
    skspike.datasets.make_syllables : Sources that differ in channels and tempo.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.coding import Augment
    >>> from skspike.datasets import make_syllables
    >>> from skspike.learning import SurrogateGradient
    >>> X, y = make_syllables(60, n_steps=100, random_state=0)
    >>> rule = SurrogateGradient(augment=Augment(channel_shift=0.1, time_stretch=0.1))
    >>> model = SNNClassifier(16, rule=rule, max_iter=2, tol=1, random_state=0).fit(X, y)

    The samples of an epoch:

    >>> changed = Augment(time_shift=0.1).apply(X, np.arange(60, dtype=np.uint64), spikes=True)
    >>> changed.shape
    (60, 20, 100)
    """

    def __init__(
            self, channel_shift: float = 0.0, channel_stretch: float = 0.0, time_shift: float = 0.0,
            time_stretch: float = 0.0, drop: float = 0.0, jitter: float = 0.0):
        self.channel_shift = channel_shift
        self.channel_stretch = channel_stretch
        self.time_shift = time_shift
        self.time_stretch = time_stretch
        self.drop = drop
        self.jitter = jitter

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""
        convert(self, "channel_shift", "time_shift", "drop", low=0, high=1)
        convert(self, "channel_stretch", "time_stretch", low=0, high=0.9)
        convert(self, "jitter", low=0, high=LARGEST)

    def apply(self, X: Array, keys: Array, spikes: bool) -> Array:
        """Return changed samples."""
        amounts = self._amounts(*X.shape[1:])
        if not amounts.any():
            return X
        X = np.ascontiguousarray(X).view()
        X.flags.writeable = False  # like memory maps, so that one compiled version serves both
        changed = np.zeros(X.shape, X.dtype)
        (move if spikes else read)(X, keys, amounts, changed)
        return changed

    def apply_to_events(self, events: Events, keys: Array) -> Events:
        """Return changed spikes."""
        n_channels, n_steps = events.n_channels, events.n_steps
        amounts = self._amounts(n_channels, n_steps)
        if not amounts.any():
            return events
        rows, source = events.unpacked()
        n_samples, size = len(rows), n_listed(source, rows, n_steps + 1) + 1
        words = np.empty((-(-n_steps // 64), n_channels), np.uint64)
        (step_ptr, step_idx), (channel_ptr, channel_idx) = (
            (np.zeros(n_samples * n + 1, np.int64), np.empty(size, np.int32))
            for n in (n_steps + 1, n_channels))
        n = move_events(
            rows, source.ptr, source.idx, keys, amounts, words, n_steps, step_ptr, step_idx,
            channel_ptr, channel_idx)
        return events._replace(
            rows=np.arange(n_samples), by_step=source._replace(ptr=step_ptr, idx=step_idx[:n]),
            by_channel=source._replace(ptr=channel_ptr, idx=channel_idx[:n]))

    def _amounts(self, n_channels, n_steps):
        """Return the largest amounts, in channels and steps."""
        return np.array(
            [
                self.channel_shift * n_channels, self.channel_stretch, self.time_shift * n_steps,
                self.time_stretch, self.drop, self.jitter])

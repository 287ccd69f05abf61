"""Random shifts and stretches of channels and time, and losses and jitter of single events."""

import numpy as np

from .._checks import LARGEST, convert
from .._utils import Array
from ..simulation import Events, n_listed
from ._base import Augmentation
from ._moves import move, move_events, read


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
        another series is replaced by the value of the previous step. Unlike `dropout` of the
        networks, the other events are not scaled up, and the share differs between samples.
    jitter : float, default=0.0
        Largest shift in time of a single event, in steps. It is drawn for each event, and the other
        amounts for each sample.

    See Also
    --------
    skspike.SNNClassifier : Takes it as `augment`.
    skspike.datasets.make_syllables : Sources that differ in channels and tempo.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.augmentation import Augment
    >>> from skspike.datasets import make_syllables
    >>> X, y = make_syllables(60, n_steps=100, random_state=0)
    >>> augment = Augment(channel_shift=0.1, time_stretch=0.1)
    >>> model = SNNClassifier(16, augment=augment, max_iter=2, tol=1, random_state=0).fit(X, y)

    The samples of an epoch:

    >>> changed = Augment(time_shift=0.1).apply(X, np.arange(60, dtype=np.uint64), spikes=True)
    >>> changed.shape == X.shape
    True
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

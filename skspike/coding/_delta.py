"""Delta coding, with a spike whenever a series has changed by a threshold.

    on-channel     spikes if x[t] - r >= threshold, then r <- r + threshold
    off-channel    spikes if r - x[t] >= threshold, then r <- r - threshold

The reference r starts at x[0]. Each threshold of a bank has its own pair of channels and reference.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._base import Array, check_numbers, convert, kernel, scalar
from ._coding import SPIKE_UNITS, Coding, RowKey

MIN_THRESHOLD = 1e-8  # below it, float64 may not hold values in these units exactly


@scalar
def follow_step(level, reference):
    """Return the on-spike, the off-spike and the new reference of a step."""
    rise = level - reference
    on, off = rise >= SPIKE_UNITS, rise <= -SPIKE_UNITS
    if on:
        reference += SPIKE_UNITS
    elif off:
        reference -= SPIKE_UNITS
    return on, off, reference


@kernel
def crossings(levels, references, raster):
    """Fill a raster with on-spikes (even channels) and off-spikes (odd channels).

    `levels`, (n_samples, n_channels, n_steps), are values in units of threshold / SPIKE_UNITS. The
    `references`, (n_samples, n_channels), are changed in place.
    """
    for b in range(levels.shape[0]):
        for c in range(levels.shape[1]):
            reference = references[b, c]
            for t in range(levels.shape[2]):
                on, off, reference = follow_step(levels[b, c, t], reference)
                raster[b, 2 * c, t] = on
                raster[b, 2 * c + 1, t] = off
            references[b, c] = reference


class Delta(Coding):
    """Delta coding (send on delta): on-spikes if a series rises and off-spikes if it falls.

    Each channel of the input has an on-channel and an off-channel for each threshold. A reference
    starts at the first value. If the series is at least one `threshold` above the reference, the
    on-channel spikes and the reference moves up by one threshold. If it is at least one threshold
    below, the off-channel spikes and the reference moves down. There is at most one spike per step.
    After a larger jump, the reference follows in the next steps.

    Parameters
    ----------
    threshold : float or sequence of float, default=0.1
        Change that makes a spike, as a fraction of the channel's range, from 1e-8 to 1. A sequence
        such as ``(0.03, 0.1, 0.3)`` is a bank of thresholds: low ones resolve small changes, high
        ones give few spikes for large changes.

    Raises
    ------
    ValueError
        By `skspike.SpikeEncoder.fit` for features (2-D input), which do not change in time.

    See Also
    --------
    Poisson : Firing rates that follow a series. Accepts features too.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing, and training sees the same spikes in
    every epoch. The number of on-spikes minus off-spikes, times the threshold, is within one
    threshold of the change since the start, unless the reference still follows a jump. If `n_steps`
    of the encoder differs from the length of the series, the series is interpolated first: with few
    steps, a fast change becomes a jump.

    References
    ----------
    .. [1] M. Miskowicz, "Send-on-delta concept: an event-based data reporting strategy", Sensors
        6(1), 2006.
    .. [2] P. Lichtsteiner, C. Posch, T. Delbruck, "A 128x128 120 dB 15 us latency asynchronous
        temporal contrast vision sensor", IEEE Journal of Solid-State Circuits 43(2), 2008.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Delta
    >>> encoder = SpikeEncoder(coding=Delta(threshold=0.5), n_steps=6)
    >>> encoder.fit_transform([[[0.0, 1.0, 2.0, 4.0, 4.0, 0.0]]])[0]
    array([[0, 0, 1, 1, 0, 0],
           [0, 0, 0, 0, 0, 1]], dtype=uint8)
    >>> encoder.get_feature_names_out().tolist()
    ['x0_on', 'x0_off']
    >>> bank = SpikeEncoder(coding=Delta(threshold=(0.1, 0.5))).fit([[[0.0, 1.0]]])
    >>> bank.get_feature_names_out().tolist()
    ['x0_t0_on', 'x0_t0_off', 'x0_t1_on', 'x0_t1_off']
    """

    name = "delta"
    noisy = False
    uses_dt = False
    higher_means = ("more", "fewer")
    refuses = {2: "it spikes where values change in time"}

    def __init__(self, threshold: ArrayLike = 0.1):
        self.threshold = threshold

    @property
    def channels_per_feature(self):
        """Two channels for each threshold."""
        return 2 * np.size(self.threshold)

    def check(self, dt: float) -> None:
        """Check the thresholds."""
        if np.iterable(self.threshold) and not isinstance(self.threshold, str):
            self.threshold = check_numbers(self.threshold, "threshold", low=MIN_THRESHOLD, high=1)
            if not self.threshold:
                raise ValueError("threshold must have at least one number, got ().")
        else:
            convert(self, "threshold", low=MIN_THRESHOLD, high=1)

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a uint8 raster (n_samples, 2 * n_channels * n_thresholds, n_steps)."""
        levels = self._levels(x)
        raster = np.empty((len(x), 2 * levels.shape[1], n_steps), np.uint8)
        crossings(levels, levels[:, :, 0].copy(), raster)
        return raster

    def _levels(self, x):
        """Return the values in units of threshold / SPIKE_UNITS, (n_samples, n_levels, n_steps)."""
        thresholds = np.reshape(self.threshold, (-1, 1))
        levels = np.rint(x[:, :, None] / thresholds * SPIKE_UNITS).astype(np.int64, order="C")
        return levels.reshape(len(x), -1, x.shape[2])

    def stepper(self, n_channels: int, dt: float) -> Any:
        """Return an object that encodes a series one step at a time."""
        return _DeltaStepper(self._levels, n_channels * np.size(self.threshold))

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_on``, ``<feature>_off``, or ``<feature>_t0_on``, ... of a bank."""
        numbers = range(np.size(self.threshold))
        bank = [f"_t{number}" for number in numbers] if np.iterable(self.threshold) else [""]
        return [f"{name}{end}_{sign}" for name in names for end in bank for sign in ("on", "off")]


class _DeltaStepper:
    """Steps of the coding. The references start at the first values."""

    def __init__(self, levels_of, n_levels):
        self.levels_of = levels_of
        self.references, self.n_seen = np.zeros((1, n_levels), np.int64), np.zeros(1, np.int64)
        self.kept = [self.references, self.n_seen]
        self.spikes = np.empty((1, 2 * n_levels, 1), np.uint8)

    def step(self, x):
        levels = self.levels_of(x[None, :, None])
        if not self.n_seen[0]:
            self.references[:] = levels[:, :, 0]
            self.n_seen[0] = 1
        crossings(levels, self.references, self.spikes)
        return self.spikes[0, :, 0].copy()

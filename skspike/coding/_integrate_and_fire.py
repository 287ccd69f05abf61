"""Integrate-and-fire coding, a sigma-delta modulation of standardised values and differences.

    v <- v + gain max(z[t], 0)     for the channel of positive values
    v <- v + gain max(-z[t], 0)    for the channel of negative values
    if v >= 1: spike, v <- v - 1
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .._base import STEP, Array, check_option, convert, kernel, scalar
from ._coding import SPIKE_UNITS, RowKey
from ._direct import Standardised, check_lags

FRACTION = np.uint32(SPIKE_UNITS - 1)  # the bits below one spike
LAGS, MANY_SERIES = (1, 4), 100  # the lags of "auto", and series that support more than one
# ends of the names of values and differences, with separate channels for the signs or not
ENDS = {False: (("_high", "_low"), ("_rise", "_fall")), True: (("",), ("_slope",))}
MAX_DRIVE = 2**12  # limit of spikes per step: sums do not overflow within 2**27 steps


@scalar
def integrate_step(drive, above, below):
    """Return the spikes of both signs, and the sums that remain."""
    # integrate both signs
    above += max(drive, 0)
    below += max(-drive, 0)
    # spike, and keep the remainder
    on, off = above >= SPIKE_UNITS, below >= SPIKE_UNITS
    return on, off, above - SPIKE_UNITS * on, below - SPIKE_UNITS * off


@kernel
def integrate(drive, raster):
    """Fill a raster with the spikes of positive (even channels) and negative values (odd channels).

    `drive`, (n_samples, n_channels, n_steps), is in units of 1 / SPIKE_UNITS.
    """
    for b in range(drive.shape[0]):
        for c in range(drive.shape[1]):
            above = below = np.int64(0)
            for t in range(drive.shape[2]):
                on, off, above, below = integrate_step(drive[b, c, t], above, below)
                raster[b, 2 * c, t] = on
                raster[b, 2 * c + 1, t] = off


@kernel
def integrate_steady(drive, raster):
    """Fill a raster as `integrate` does, for drives (n_samples, n_channels) that do not change.

    A drive d below one spike per step gives a spike in step n = 1, 2, ... if n d mod 1 < d. This
    needs no sum, so many steps are computed at a time. A larger drive gives a spike in all steps.
    """
    n_steps = np.uint32(raster.shape[2])
    for b in range(drive.shape[0]):
        for c in range(drive.shape[1]):
            for sign in range(2):
                train = raster[b, 2 * c + sign]
                d = max(-drive[b, c] if sign else drive[b, c], 0)
                limited = np.uint32(min(d, SPIKE_UNITS))
                for t in range(n_steps):
                    # the low bits of the product remain in 32 bits
                    total = np.uint32(np.uint32(t + np.uint32(1)) * limited) & FRACTION
                    train[t] = total < limited


@kernel
def encode_step(x, mean, scale, lags, gain, previous, sums, n_seen, spikes):
    """Encode one step, with the same bits as `IntegrateAndFire.encode`.

    `previous`, (n_kept, n_channels), has the values of step t in row t mod n_kept, and `sums` the
    integrals of both signs.
    """
    t, n_kept = n_seen[0], len(previous)
    for c in range(len(x)):
        for k in range(len(scale)):
            z = x[c] - mean[c]
            if k > 0:
                lag = lags[k - 1]
                z = x[c] - previous[(t - lag) % n_kept, c] if t >= lag else 0.0
            z /= scale[k, c]
            limited = min(max(gain * z, -MAX_DRIVE), MAX_DRIVE)
            i = c * len(scale) + k
            on, off, sums[2 * i], sums[2 * i + 1] = integrate_step(
                np.int64(np.rint(limited * SPIKE_UNITS)), sums[2 * i], sums[2 * i + 1])
            spikes[2 * i] = on
            spikes[2 * i + 1] = off
        previous[t % n_kept, c] = x[c]
    n_seen[0] += 1


class IntegrateAndFire(Standardised):
    """Integrate-and-fire coding: first-order sigma-delta modulation of values and differences.

    Each channel of a series becomes channels of values above the mean and of values below the mean,
    and channels of rises and falls over one or more numbers of steps (`lags`). A feature becomes
    two: above and below. Each channel integrates its standardised value times `gain`, spikes when
    the sum reaches 1, and keeps the remainder. A spike therefore represents a fixed amount: spike
    counts give the integral over any time to within one spike, without noise.

    Parameters
    ----------
    gain : float, default=0.5
        Spikes per step for a value one standard deviation above the mean, from 1e-6 to 100. A
        channel spikes at most once per step: the rest of a larger value leads to spikes in the next
        steps.
    signed : bool, default=False
        Use one channel for both signs, with spikes of 1 and -1 in float32. This halves the channels
        and the weights to learn. Networks add or subtract a weight for each spike, without
        multiplication. Estimators of spike trains accept 0 and 1 only, and refuse signed spikes.
    lags : tuple of int or "auto", default="auto"
        Numbers of steps over which rises and falls of series are computed, each from 1 to 1000.
        An empty tuple adds no such channels. Differences over few steps show events, and those over
        more steps slow changes, with less noise. More channels need more samples, so "auto" is
        (1, 4) in a fit to 100 series or more, and (1,) otherwise.

    Attributes
    ----------
    mean_ : ndarray of shape (n_channels,)
        Mean of the scaled values, in [0, 1].
    lags_ : tuple of int
        The lags in use.
    scale_ : ndarray of shape (1 or 1 + n_lags, n_channels)
        Standard deviation of the scaled values and, for series, root mean square of the differences
        over each lag. 1 for constant channels.

    See Also
    --------
    Delta : Spikes if a series has changed by a threshold.
    Direct : The same values as currents.
    Thermometer : Channels that spike while a series is above a level.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing, and training sees the same spikes in
    every epoch. A constant series has no spikes in the channels of rises and falls. If `n_steps` of
    the encoder differs from the length of the series, the series is interpolated first. On tables
    with many classes, separate weights for the two signs lead to overfitting more often than they
    help: try ``signed=True`` (see the page of results).

    References
    ----------
    .. [1] A. A. Lazar, L. T. Tóth, "Perfect recovery and sensitivity analysis of time encoded
        bandlimited signals", IEEE Transactions on Circuits and Systems I 51(10), 2004.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import IntegrateAndFire
    >>> encoder = SpikeEncoder(coding=IntegrateAndFire(gain=0.5))
    >>> encoder.fit_transform([[[0.0, 0.0, 0.0, 4.0, 4.0, 4.0]]])[0]
    array([[0, 0, 0, 0, 1, 0],
           [0, 1, 0, 0, 0, 0],
           [0, 0, 0, 1, 0, 0],
           [0, 0, 0, 0, 0, 0]], dtype=uint8)
    >>> encoder.get_feature_names_out().tolist()
    ['x0_high', 'x0_low', 'x0_rise', 'x0_fall']
    """

    name = "integrate_and_fire"
    noisy = uses_dt = False

    def __init__(
            self, gain: float = 0.5, signed: bool = False, lags: Sequence[int] | str = "auto"):
        self.gain = gain
        self.signed = signed
        self.lags = lags

    @property
    def returns_currents(self):
        """Whether the output is float32: True for signed spikes."""
        return self.signed

    @property
    def higher_means(self):
        """Effect of a higher value: more spikes, but fewer in channels of values below the mean."""
        return "more" if self.signed else ("more", "fewer")

    @property
    def channels_per_feature(self):
        """Two for a feature, and for a series two more for each lag. Half of them with `signed`.

        Available after `fit`.
        """
        return len(self.scale_) * (1 if self.signed else 2)

    def check(self, dt: float) -> None:
        """Check that the gain and the lags are in their range, and that `signed` is a bool."""
        convert(self, "gain", low=1e-6, high=100)
        check_option(self.signed, "signed", (True, False))
        if not (isinstance(self.lags, str) and self.lags == "auto"):
            self.lags = check_lags(self.lags, "lags")

    def _lags(self, n_samples: int) -> tuple[int, ...]:
        found = (LAGS if n_samples >= MANY_SERIES else STEP) if self.lags == "auto" else self.lags
        return tuple(map(int, found))

    # products wrap around, and numpy warns about it if kernels are not compiled
    @np.errstate(over="ignore")
    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a raster (n_samples, channels_per_feature * n_channels, n_steps)."""
        z = self._standardised(x)
        drive = np.rint(
            np.clip(self.gain * z, -MAX_DRIVE, MAX_DRIVE) * SPIKE_UNITS).astype(np.int64)
        drive = drive.reshape(len(x), -1, z.shape[3])
        raster = np.empty((len(x), 2 * drive.shape[1], n_steps), np.uint8)
        if x.ndim == 2:
            integrate_steady(drive[:, :, 0], raster)
        else:
            integrate(drive, raster)
        return raster[:, ::2].astype(np.float32) - raster[:, 1::2] if self.signed else raster

    def stepper(self, n_channels: int, dt: float) -> Any:
        """Return an object that encodes a series one step at a time."""
        return _IntegrateAndFireStepper(self, n_channels)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_high``, ``_low``, ``_rise``, ``_fall``, or if signed, ``_slope``.

        Names of differences over more than one step end in the number of steps.
        """
        values, changes = ENDS[self.signed]
        ends = [*values, *(
            end if lag == 1 else f"{end}_{lag}" for lag in self.lags_ for end in changes)]
        return [f"{name}{end}" for name in names for end in ends[: self.channels_per_feature]]


class _IntegrateAndFireStepper:
    """Steps of the coding. The integrators are empty at the start."""

    def __init__(self, coding, n_channels):
        n_spikes, lags = 2 * n_channels * len(coding.scale_), np.array(coding.lags_, np.int64)
        self.signed, self.spikes = coding.signed, np.empty(n_spikes, np.uint8)
        self.previous = np.zeros((lags.max(initial=1), n_channels))
        self.sums = np.zeros(n_spikes, np.int64)
        self.n_seen = np.zeros(1, np.int64)
        self.kept = [self.previous, self.sums, self.n_seen]
        self.constants = coding.mean_, coding.scale_, lags, float(coding.gain)

    def step(self, x):
        encode_step(
            x, *self.constants, self.previous, self.sums, self.n_seen, self.spikes)
        spikes = self.spikes
        return spikes[::2].astype(np.float32) - spikes[1::2] if self.signed else spikes.copy()

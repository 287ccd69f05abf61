"""Integrate-and-fire coding: spikes carry values, and the slope of a series, in parts of a spike that are not lost.

    z[t] = (x[t] - mean) / sd    and, of a series,    z[t] = (x[t] - x[t - 1]) / sd of these,    0
    at the start v   <- v + gain max(+-z, 0)    two channels for each: its signs spike if v >= 1,
    v <- v - 1 signed: one channel for both, the spikes of + minus those of -
"""

from collections.abc import Iterable

import numpy as np

from .._checks import check_option, convert
from .._compile import kernel
from .._utils import Array
from ._standardised import Standardised

# One spike in integer units: sums are exact, and last bits of a series move no spike.
UNIT = 2**24
# spikes that one step adds at most: with it no sum outgrows its integer before 2**27 steps
MOST = 2**12


@kernel
def integrate(drive, raster):
    """Fill a raster with the spikes of what is above zero (even channels) and below (odd channels), in units of 1 / UNIT."""
    for b in range(drive.shape[0]):
        for c in range(drive.shape[1]):
            above = below = np.int64(0)
            for t in range(drive.shape[2]):
                above += max(drive[b, c, t], 0)
                below += max(-drive[b, c, t], 0)
                on, off = above >= UNIT, below >= UNIT
                raster[b, 2 * c, t] = on
                raster[b, 2 * c + 1, t] = off
                if on:
                    above -= UNIT
                if off:
                    below -= UNIT


class IntegrateAndFire(Standardised):
    """Integrate-and-fire coding: first-order sigma-delta modulation of values, and of the differences of a series.

    Each channel of a series has four of the raster: values above the mean, below it, rises and
    falls. A feature, which is held, has two: above and below. Each integrates what it stands for,
    in standard deviations times `gain`, spikes when the sum has reached 1, and goes on with the
    rest. So a spike stands for a fixed amount, and the count over any time tells the integral to
    within one, without noise.

    Parameters
    ----------
    gain : float, default=0.5
        Spikes per step of a value one standard deviation above the mean, from 1e-6 to 100. There is
        at most one spike a step: what a larger value adds beyond is made up for in the next steps.
    signed : bool, default=False
        Whether the spikes of both signs share a channel, as 1 and -1 in float32: half of the
        channels, and of the weights to learn. For each a network adds or subtracts a weight, and
        multiplies none; what reads spike trains takes 0 and 1 only, and refuses them.

    Attributes
    ----------
    mean_ : ndarray of shape (n_channels,)
        Mean of the values in `fit`, scaled to [0, 1].
    scale_ : ndarray of shape (1 or 2, n_channels)
        Their standard deviation, and of series that of the differences from step to step around
        zero; 1 for what is constant.

    See Also
    --------
    Delta : Spikes where a series has moved by a threshold.
    Direct : The same values as currents.
    Thermometer : Channels that are on while a series is above their levels.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing, and training sees the same spikes in
    every epoch. A still series gives no spikes of its slope. A series of another length is
    interpolated first. To a network on tables with many classes the two signs are worth a weight of
    their own less often than they help to learn by heart: there `signed` spikes tell more (see the
    page of measurements).

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
    ends = ("_high", "_low", "_rise", "_fall")
    signed_ends = ("", "_slope")

    def __init__(self, gain: float = 0.5, signed: bool = False):
        self.gain = gain
        self.signed = signed

    @property
    def graded(self):
        """Whether spikes have a sign."""
        return self.signed

    @property
    def channels_per_feature(self):
        """Two for a feature, four for a channel of a series, half of that if they are signed; known after `fit`."""
        return len(self.scale_) * (1 if self.signed else 2)

    def check(self, dt: float) -> None:
        """Raise if the gain or `signed` is outside its range; the message names it."""
        convert(self, "gain", low=1e-6, high=100)
        check_option(self.signed, "signed", (True, False))

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Return a raster (n_samples, channels_per_feature * n_channels, n_steps), float32 if it is signed; see `Coding.encode`."""
        z = self._standardised(x)
        drive = np.rint(np.clip(self.gain * z, -MOST, MOST) * UNIT).astype(np.int64)
        raster = np.empty((len(x), 2 * z.shape[1] * z.shape[2], n_steps), np.uint8)
        integrate(
            np.broadcast_to(drive, (*drive.shape[:3], n_steps)).reshape(len(x), -1, n_steps),
            raster)
        return raster[:, ::2].astype(np.float32) - raster[:, 1::2] if self.signed else raster

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_high``, ``_low``, and of series ``_rise`` and ``_fall``; ``<feature>`` and ``_slope`` if they are signed."""
        ends = self.signed_ends if self.signed else self.ends
        return [f"{name}{end}" for name in names for end in ends[: self.channels_per_feature]]

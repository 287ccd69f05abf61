"""Delta coding: a spike whenever a series has moved by a threshold.

    on    if x[t] - r >= threshold:    spike,  r <- r + threshold
    off   if r - x[t] >= threshold:    spike,  r <- r - threshold,    r = x[0] at the start

A bank of thresholds has such a pair of channels for each.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_numbers, convert
from .._compile import kernel
from .._utils import Array
from ._base import Coding

# A threshold in integer units: changes of exactly one threshold are not lost in rounding, and last
# bits move no spike.
UNIT = 2**24
# The lowest threshold. Beyond, a range of [0, 1] would outgrow what a float holds in these units.
FINEST = 1e-8


@kernel
def crossings(levels, raster):
    """Fill a raster with on-spikes (even channels) and off-spikes (odd channels) of series in units of threshold / UNIT."""
    for b in range(levels.shape[0]):
        for c in range(levels.shape[1]):
            reference = levels[b, c, 0]
            for t in range(levels.shape[2]):
                rise = levels[b, c, t] - reference
                on, off = rise >= UNIT, rise <= -UNIT
                raster[b, 2 * c, t] = on
                raster[b, 2 * c + 1, t] = off
                if on:
                    reference += UNIT
                elif off:
                    reference -= UNIT


class Delta(Coding):
    """Delta coding, send on delta: on-spikes where a series rises and off-spikes where it falls.

    Each channel of the input has two of the raster for each threshold. A reference starts at the
    first value. Where the series is a `threshold` or more above it, the on-channel spikes and the
    reference moves up by one threshold; where it is as much below, the off-channel spikes and the
    reference moves down. That is at most one spike a step: after a larger jump the reference
    follows in the next steps.

    Parameters
    ----------
    threshold : float or sequence of float, default=0.1
        Change that makes a spike, as a part of the channel's range, from 1e-8 to 1. A bank of
        several, such as ``(0.03, 0.1, 0.3)``, has a pair of channels for each: low ones follow what
        is fine, high ones what is large.

    Raises
    ------
    ValueError
        By `skspike.SpikeEncoder.fit` for features (2-D input): they do not change in time.

    See Also
    --------
    Poisson : Rates that follow a series. Takes features too.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing, and training sees the same spikes in
    every epoch. While no jump is pending, the sum of on-spikes minus off-spikes, times the
    threshold, is within one threshold of the change since the start. A series of another length is
    interpolated first, so that with few steps a fast change is a jump.

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
    >>> SpikeEncoder(coding=Delta(threshold=(0.1, 0.5))).fit([[[0.0, 1.0]]]).get_feature_names_out().tolist()
    ['x0_t0_on', 'x0_t0_off', 'x0_t1_on', 'x0_t1_off']
    """

    name = "delta"
    refuses = {2: "it spikes where values change in time"}

    def __init__(self, threshold: ArrayLike = 0.1):
        self.threshold = threshold

    @property
    def channels_per_feature(self):
        """Two channels for each threshold."""
        return 2 * np.size(self.threshold)

    def check(self, dt: float) -> None:
        """Raise if a threshold is outside its range; the message names it."""
        if np.iterable(self.threshold) and not isinstance(self.threshold, str):
            self.threshold = check_numbers(self.threshold, "threshold", low=FINEST, high=1)
            if not self.threshold:
                raise ValueError(
                    "threshold must be a number or a sequence of one at least, got ().")
        else:
            convert(self, "threshold", low=FINEST, high=1)

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Return a uint8 raster (n_samples, 2 * n_channels * n_thresholds, n_steps); see `Coding.encode`."""
        levels = np.rint(
            x[:, :, None] / np.reshape(self.threshold, (-1, 1)) * UNIT).astype(np.int64, order="C")
        raster = np.empty((len(x), x.shape[1] * self.channels_per_feature, n_steps), np.uint8)
        crossings(levels.reshape(len(x), -1, n_steps), raster)
        return raster

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_on`` and ``<feature>_off`` for each feature, in a bank ``<feature>_t0_on``, ... for each threshold."""
        bank = [f"_t{k}" for k in range(np.size(self.threshold))] if np.iterable(
            self.threshold) else [""]
        return [f"{name}{which}_{way}" for name in names for which in bank for way in ("on", "off")]

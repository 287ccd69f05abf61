"""Latency coding: the time to the first and only spike.

    step = (1 - x) (n_steps - 1),    rounded to the nearest
"""

import numpy as np

from .._checks import convert
from .._utils import Array
from ._base import Coding, rounded


class Latency(Coding):
    """Latency coding, time to first spike: the higher a value, the earlier its one spike.

    Of the values scaled to [0, 1], 1 spikes at the first step and 0 at the last, and the time
    between is linear in the value: ``(1 - x) (n_steps - 1) dt`` in ms, rounded to a step.

    Parameters
    ----------
    silent_below : float, default=0.0
        Scaled values, from 0 to 1, under this one do not spike at all. At 0 every channel has
        exactly one spike; a small number such as 0.01 silences what carries nothing, such as the
        background of images.

    Raises
    ------
    ValueError
        By `skspike.SpikeEncoder.fit` for series (3-D input): a channel has one spike, which tells
        one value.

    See Also
    --------
    Poisson : Takes features and series.
    Delta : Spikes where a series changes.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing, and training sees the same spikes in
    every epoch. Values halfway between two steps go to the even one. A single spike leaves little
    for a neuron to count: give it a synaptic current, as in ``LIF(tau_syn=5.0)``, so that it acts
    on for a while.

    References
    ----------
    .. [1] S. Thorpe, D. Fize, C. Marlot, "Speed of processing in the human visual system", Nature
        381, 1996.
    .. [2] R. VanRullen, R. Guyonneau, S. J. Thorpe, "Spike times make sense", Trends in
        Neurosciences 28(1), 2005.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> SpikeEncoder(coding="latency", n_steps=5).fit_transform([[0.0], [5.0], [10.0]])[:, 0]
    array([[0, 0, 0, 0, 1],
           [0, 0, 1, 0, 0],
           [1, 0, 0, 0, 0]], dtype=uint8)
    """

    name = "latency"
    refuses = {3: "each channel has one spike, which tells one value and not a course in time"}

    def __init__(self, silent_below: float = 0.0):
        self.silent_below = silent_below

    def check(self, dt: float) -> None:
        """Raise if `silent_below` is outside its range; the message names it."""
        convert(self, "silent_below", low=0, high=1)

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Return a uint8 raster (n_samples, n_channels, n_steps); see `Coding.encode`."""
        x, lowest = rounded(x), rounded(self.silent_below)
        steps = np.rint((1 - x) * (n_steps - 1)).astype(np.intp)
        raster = np.zeros((*x.shape, n_steps), np.uint8)
        np.put_along_axis(raster, steps[:, :, None], (x >= lowest)[:, :, None], axis=2)
        return raster

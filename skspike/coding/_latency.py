"""Latency coding, with one spike whose time depends on the value.

    step = (1 - x) (n_steps - 1), rounded to the nearest step
"""

import numpy as np

from .._base import Array, convert
from ._coding import Coding, RowKey, rounded


class Latency(Coding):
    """Latency coding, time to first spike: the higher a value, the earlier its one spike.

    The scaled value 1 spikes in the first step and 0 in the last step. In between, the time of the
    spike is linear in the value: ``(1 - x) (n_steps - 1) dt`` in ms, rounded to a step.

    Parameters
    ----------
    silent_below : float, default=0.0
        Scaled values below this limit, from 0 to 1, do not spike. At 0 every channel has exactly
        one spike. A small number such as 0.01 silences uninformative values, such as the background
        of images.

    Raises
    ------
    ValueError
        By `skspike.SpikeEncoder.fit` for series (3-D input), because a channel has one spike, which
        represents one value.

    See Also
    --------
    Poisson : Accepts features and series.
    Delta : Spikes if a series changes.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing, and training sees the same spikes in
    every epoch. Values halfway between two steps spike in the even step. A single spike has a short
    effect on a neuron without synaptic current: use one, as in ``LIF(tau_syn=5.0)``, to make its
    effect last.

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
    noisy = False
    uses_dt = False
    higher_means = "earlier"
    refuses = {3: "each channel has one spike, which represents one value and not a series"}

    def __init__(self, silent_below: float = 0.0):
        self.silent_below = silent_below

    def check(self, dt: float) -> None:
        """Check that `silent_below` is in its range."""
        convert(self, "silent_below", low=0, high=1)

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a uint8 raster (n_samples, n_features, n_steps)."""
        x, lowest = rounded(x), rounded(self.silent_below)
        steps = np.rint((1 - x) * (n_steps - 1)).astype(np.intp)
        raster = np.zeros((*x.shape, n_steps), np.uint8)
        np.put_along_axis(raster, steps[:, :, None], (x >= lowest)[:, :, None], axis=2)
        return raster

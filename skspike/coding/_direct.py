"""Direct coding: no spikes, but the values themselves as currents over time, in standard deviations.

    current[t] = (x[t] - mean) / sd    and, where asked,    (x[t] - x[t - 1]) / sd of these,    0 at
    the start
"""

from collections.abc import Iterable

import numpy as np

from .._checks import check_option
from .._utils import Array
from ._standardised import Standardised


class Direct(Standardised):
    """Direct coding: standardised values go into the network as currents, and its first layer makes the spikes.

    Each channel has mean 0 and standard deviation 1 over all that `fit` has seen; a constant one is
    0. A feature is held as a constant current for the number of steps. What comes out is no raster
    but float32: whatever reads spike trains refuses it, and what takes series of numbers (the
    networks, SpikingRocket) reads it.

    Parameters
    ----------
    differences : bool, default=False
        Whether each channel of a series is followed by one of its first differences, in their own
        standard deviations around zero. Features, which are held, have none.

    Attributes
    ----------
    mean_ : ndarray of shape (n_channels,)
        Mean of the values in `fit`, scaled to [0, 1].
    scale_ : ndarray of shape (1 or 2, n_channels)
        Their standard deviation, and that of the differences around zero; 1 for what is constant.

    See Also
    --------
    IntegrateAndFire : The same values and differences in spikes.

    Notes
    -----
    The coding has no noise: `random_state` changes nothing. The encoder clips values to the range
    that `fit` has seen, or to its `value_range`, before. A multiplication for each weight and step
    takes the place of an addition for each spike: currents cost more energy than spikes.

    References
    ----------
    .. [1] N. Rathi, K. Roy, "DIET-SNN: a low-latency spiking neural network with direct input
        encoding and leakage and threshold optimization", IEEE Transactions on Neural Networks and
        Learning Systems 34(6), 2023.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Direct
    >>> encoder = SpikeEncoder(coding=Direct(differences=True))
    >>> encoder.fit_transform([[[0.0, 0.0, 2.0, 2.0]]])[0]
    array([[-1., -1.,  1.,  1.],
           [ 0.,  0.,  2.,  0.]], dtype=float32)
    >>> encoder.get_feature_names_out().tolist()
    ['x0', 'x0_difference']
    """

    name = "direct"
    graded = holds = True

    def __init__(self, differences: bool = False):
        self.differences = differences

    @property
    def channels_per_feature(self):
        """One, or two with differences of a series; known after `fit`."""
        return len(self.scale_)

    def check(self, dt: float) -> None:
        """Raise if `differences` is neither True nor False; the message names it."""
        check_option(self.differences, "differences", (True, False))

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Return currents in float32, (n_samples, channels_per_feature * n_channels, n_steps); see `Coding.encode`."""
        z = self._standardised(x)
        currents = np.empty((*z.shape[:3], n_steps), np.float32)
        currents[...] = z
        return currents.reshape(len(x), -1, n_steps)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>`` and, with differences, ``<feature>_difference``, for each feature."""
        return [
            f"{name}{end}" for name in names
            for end in ("", "_difference")[: self.channels_per_feature]]

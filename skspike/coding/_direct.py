"""Direct coding, which uses the standardised values as input currents."""

from collections.abc import Iterable

import numpy as np

from .._checks import check_option
from .._utils import STEP, Array
from ._base import RowKey
from ._standardised import Standardised


class Direct(Standardised):
    """Direct coding: standardised values as input currents, which a network turns into spikes.

    Each channel has mean 0 and standard deviation 1 on the data of `fit`. Constant channels are 0.
    A feature is a constant current in all steps. The output is float32 and not a raster: networks
    and SpikingRocket accept it, and estimators of spike trains refuse it.

    Parameters
    ----------
    differences : bool, default=False
        Append to each channel of a series the differences from step to step, divided by their root
        mean square. Features have no differences.

    Attributes
    ----------
    mean_ : ndarray of shape (n_channels,)
        Mean of the scaled values, in [0, 1].
    scale_ : ndarray of shape (1 or 2, n_channels)
        Standard deviation of the scaled values and, with differences, root mean square of the
        differences. 1 for constant channels.

    See Also
    --------
    IntegrateAndFire : The same values and differences as spikes.

    Notes
    -----
    Currents are ``(x[t] - mean) / sd`` and differences ``(x[t] - x[t - 1]) / rms``, with 0 in the
    first step. The coding has no noise: `random_state` changes nothing. The encoder first clips
    values to their range in `fit` or to its `value_range`. Currents cost more energy than spikes:
    one multiplication for each weight and step instead of one addition for each weight and spike.

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
    noisy = False
    returns_currents = holds = True
    memory = 1

    def __init__(self, differences: bool = False):
        self.differences = differences

    def _lags(self, n_samples: int) -> tuple[int, ...]:
        return STEP if self.differences else ()

    @property
    def channels_per_feature(self):
        """One, or two with differences of a series. Available after `fit`."""
        return len(self.scale_)

    def check(self, dt: float) -> None:
        """Check that `differences` is True or False."""
        check_option(self.differences, "differences", (True, False))

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return float32 currents (n_samples, channels_per_feature * n_channels, n_steps)."""
        z = self._standardised(x)
        currents = np.empty((*z.shape[:3], n_steps), np.float32)
        currents[...] = z
        return currents.reshape(len(x), -1, n_steps)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>`` and, with differences, ``<feature>_difference`` for each feature."""
        ends = ("", "_difference")[: self.channels_per_feature]
        return [f"{name}{end}" for name in names for end in ends]

"""Population coding: a row of Gaussian receptive fields for each number.

    g_k  = exp(-(x - c_k)^2 / (2 sigma^2)),    c_k = k / (n_fields - 1),    sigma = 1 / (beta
    (n_fields - 1)) rate = min_rate + g_k (max_rate - min_rate)
"""

from collections.abc import Iterable

import numpy as np

from .._checks import SIZE, convert
from .._utils import Array
from ._poisson import Poisson


class Population(Poisson):
    """Population coding: Gaussian receptive fields along each feature drive Poisson trains.

    Each feature has `n_fields` channels. Their centres stand evenly over the scaled range, from 0
    to 1, and a channel's rate is highest where the value lies at its centre. So a linear readout of
    the rates can follow a curve in the value.

    Parameters
    ----------
    n_fields : int, default=8
        Fields, and channels, of each feature; at least 2.
    beta : float, default=1.5
        Sharpness of the fields, greater than 0, at most 1e6: their standard deviation is the
        distance of their centres divided by `beta`.
    min_rate : float, default=0.0
        Rate in Hz far from a field's centre.
    max_rate : float, default=500.0
        Rate in Hz at a field's centre. A rate above one spike a step, ``1000 / dt``, is an error.

    See Also
    --------
    Poisson : One channel for each feature. The noise is the same.

    Notes
    -----
    Halfway between two centres both fields are at ``exp(-beta**2 / 8)``, which is 0.75 by default.
    In the paper, which has times in place of rates, `beta` is 1.5 too; its outermost centres lie
    half a distance outside the range.

    References
    ----------
    .. [1] S. M. Bohte, H. La Poutré, J. N. Kok, "Unsupervised clustering with spiking neurons by
        sparse temporal coding and multilayer RBF networks", IEEE Transactions on Neural Networks
        13(2), 2002.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Population
    >>> encoder = SpikeEncoder(coding=Population(n_fields=3, beta=4.0, max_rate=1000.0), n_steps=100, random_state=0)
    >>> raster = encoder.fit_transform([[0.0], [5.0], [10.0]])
    >>> raster.sum(axis=2).tolist()
    [[100, 0, 0], [0, 100, 0], [0, 0, 100]]
    >>> encoder.get_feature_names_out().tolist()
    ['x0_f0', 'x0_f1', 'x0_f2']
    """

    name = "population"

    def __init__(
            self, n_fields: int = 8, beta: float = 1.5, min_rate: float = 0.0,
            max_rate: float = 500.0):
        super().__init__(min_rate, max_rate)
        self.n_fields = n_fields
        self.beta = beta

    @property
    def channels_per_feature(self):
        """One channel for each field."""
        return self.n_fields

    def check(self, dt: float) -> None:
        """Raise if a parameter is outside its range; the message names it."""
        convert(self, "n_fields", **{**SIZE, "low": 2})
        convert(self, "beta", above=0, high=1e6)
        super().check(dt)

    def activations(self, x: Array) -> Array:
        """Return the heights of the fields.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_features) or (n_samples, n_channels, n_steps)
            Values in [0, 1].

        Returns
        -------
        heights : ndarray of shape (n_samples, n_features * n_fields) or (n_samples, n_channels * n_fields, n_steps)
            From 0 to 1, the fields of the first feature first.
        """
        places = x.reshape(*x.shape[:2], 1, -1)
        distances = places * (self.n_fields - 1) - np.arange(self.n_fields)[:, None]
        heights = np.exp(-((self.beta * distances) ** 2) / 2)
        return heights.reshape(len(x), -1, *x.shape[2:])

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int,
            stream: tuple[int, Array] | None = None) -> Array:
        """Return a uint8 raster (n_samples, n_features * n_fields, n_steps); see `Coding.encode`."""
        return super().encode(self.activations(x), n_steps, dt, seed, stream)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_f0``, ``<feature>_f1``, ... for each feature."""
        return [f"{name}_f{k}" for name in names for k in range(self.n_fields)]

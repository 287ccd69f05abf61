"""Population coding, with Gaussian receptive fields along each feature.

    field k    g = exp(-(x - c)^2 / (2 sigma^2)),    c = k / (n_fields - 1)
    width      sigma = 1 / (beta (n_fields - 1))
    rate       min_rate + g (max_rate - min_rate)
"""

from collections.abc import Iterable

import numpy as np

from .._checks import convert
from .._utils import Array
from ._base import RowKey
from ._poisson import Poisson


class Population(Poisson):
    """Population coding: Gaussian receptive fields along each feature drive Poisson trains.

    Each feature has `n_fields` channels with receptive fields, whose centres are equally spaced
    from 0 to 1. The rate of a channel is highest if the scaled value is at its centre. A linear
    readout of the rates can therefore fit nonlinear functions of the value.

    Parameters
    ----------
    n_fields : int, default=8
        Number of fields, and of channels, of each feature, from 2 to 65536.
    beta : float, default=1.5
        Sharpness of the fields, greater than 0 and at most 1e6. Their standard deviation is the
        distance between centres divided by `beta`.
    min_rate : float, default=0.0
        Firing rate in Hz far from the centre of a field, at least 0.
    max_rate : float, default=500.0
        Firing rate in Hz at the centre of a field, from `min_rate` to one spike per step, ``1000 /
        dt``.

    See Also
    --------
    Poisson : One channel for each feature, with the same noise.

    Notes
    -----
    Halfway between two centres both fields are at ``exp(-beta**2 / 8)``, which is 0.75 by default.
    The paper [1]_ codes activations as spike times instead of rates, also with a `beta` of 1.5. Its
    outermost centres are half a distance outside the range.

    References
    ----------
    .. [1] S. M. Bohte, H. La Poutré, J. N. Kok, "Unsupervised clustering with spiking neurons by
        sparse temporal coding and multilayer RBF networks", IEEE Transactions on Neural Networks
        13(2), 2002.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> from skspike.coding import Population
    >>> coding = Population(n_fields=3, beta=4.0, max_rate=1000.0)
    >>> encoder = SpikeEncoder(coding=coding, n_steps=100, random_state=0)
    >>> raster = encoder.fit_transform([[0.0], [5.0], [10.0]])
    >>> raster.sum(axis=2).tolist()
    [[100, 0, 0], [0, 100, 0], [0, 0, 100]]
    >>> encoder.get_feature_names_out().tolist()
    ['x0_f0', 'x0_f1', 'x0_f2']
    """

    name = "population"
    higher_means = None

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
        """Check that the parameters are in their ranges."""
        convert(self, "n_fields", low=2, high=2**16, integer=True)
        convert(self, "beta", above=0, high=1e6)
        super().check(dt)

    def activations(self, x: Array) -> Array:
        """Return the activations of the fields.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_features) or (n_samples, n_channels, n_steps)
            Values in [0, 1].

        Returns
        -------
        activations : ndarray of shape (n_samples, n_features * n_fields) or \
                (n_samples, n_channels * n_fields, n_steps)
            Activations in [0, 1]: all fields of the first feature, then of the next.
        """
        values = x.reshape(*x.shape[:2], 1, -1)
        distances = values * (self.n_fields - 1) - np.arange(self.n_fields)[:, None]
        activations = np.exp(-((self.beta * distances) ** 2) / 2)
        return activations.reshape(len(x), -1, *x.shape[2:])

    def encode(
            self, x: Array, n_steps: int, dt: float, seed: int, noise_key: RowKey = None) -> Array:
        """Return a uint8 raster (n_samples, n_features * n_fields, n_steps)."""
        return super().encode(self.activations(x), n_steps, dt, seed, noise_key)

    def channel_names(self, names: Iterable[str]) -> list[str]:
        """Return ``<feature>_f0``, ``<feature>_f1``, ... for each feature."""
        return [f"{name}_f{field}" for name in names for field in range(self.n_fields)]

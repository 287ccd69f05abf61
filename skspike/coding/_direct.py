"""Codings of standardised values, and direct coding, which uses them as input currents."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np

from .._base import (
    STEP, Array, FittedArray, Ragged, all_moments, check_kinds, check_numbers, check_option, scales,
    standardise)
from ._coding import Coding, RowKey

MAX_LAG = 1000  # a stream keeps this number of steps


def check_lags(lags: Any, name: str) -> tuple[int, ...]:
    """Return different numbers of steps as a tuple, each from 1 to MAX_LAG, or raise."""
    found = check_numbers(lags, name, low=1, high=MAX_LAG, integer=True)
    if len(set(found)) < len(found):
        raise ValueError(f"{name} must be different numbers of steps, got {found}.")
    return found


class Standardised(Coding):
    """Base class of the codings of standardised values and, for series, their differences.

    ``lags_`` has the lags of the differences in steps.
    """

    lags_: tuple[int, ...]

    @abstractmethod
    def _lags(self, n_samples: int) -> tuple[int, ...]:
        """Return the lags for a number of series."""

    def fit(self, channels: Iterable[Array], sample_weight: Array | None = None) -> None:
        """Estimate the mean and the scale of each channel.

        Parameters
        ----------
        channels : iterable of ndarray of shape (n_samples,) or (n_samples, n_steps), or of lists
            Values of each channel in [0, 1].
        sample_weight : ndarray of shape (n_samples,) or None, default=None
            Weights of the samples, > 0. None means 1.
        """
        means, scale = zip(
            *(scales(self._moments(channel, sample_weight), 1.0) for channel in channels),
            strict=True)
        self.mean_, self.scale_ = np.concatenate(means), np.concatenate(scale, axis=1)

    def _moments(self, channel, weight):
        """Return the moments of a channel, and of its differences over the lags."""
        self.lags_ = self._lags(len(channel))
        if isinstance(channel, list):
            values = np.concatenate(channel)[np.newaxis, np.newaxis]
            channel = Ragged(values, np.array([*map(len, channel)]))
        else:
            channel = channel[:, np.newaxis]
        weight = np.ones(len(channel)) if weight is None else weight
        return all_moments(channel, weight, self.lags_, centred=False)

    def _fitted_arrays(self, n_channels: int, n_dims: int) -> list[FittedArray]:
        """Check the lags, and return mean and scale with their shapes. Series have differences."""
        check_kinds({"lags_ of coding_": (self.lags_, tuple)})
        check_lags(self.lags_, "lags_ of coding_")
        n_scales = 1 + len(self.lags_) * (n_dims == 3)
        return [
            FittedArray("mean_ of coding_", self.mean_, (n_channels,)),
            FittedArray("scale_ of coding_", self.scale_, (n_scales, n_channels))]

    def _standardised(self, x):
        """Return values and differences, (n_samples, n_channels, n_scales, n_steps or 1)."""
        series = x if x.ndim == 3 else x[:, :, None]
        return np.stack([*standardise(series, self.mean_, self.scale_, self.lags_)], axis=2)


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

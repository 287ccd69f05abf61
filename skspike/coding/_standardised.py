"""Base class of the codings of standardised values."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np

from .._checks import FittedArray, Ragged, check_kinds, check_numbers
from .._utils import Array, all_moments, scales, standardise
from ._base import Coding

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

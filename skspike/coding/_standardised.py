"""Base class of the codings of standardised values."""

from collections.abc import Iterable

import numpy as np

from .._checks import FittedArray, Ragged
from .._utils import Array, moments, standardise
from ._base import Coding


class Standardised(Coding):
    """Base class of the codings of standardised values and, for series, their differences."""

    differences = True

    def fit(self, channels: Iterable[Array], sample_weight: Array | None = None) -> None:
        """Estimate the mean and the scale of each channel.

        Parameters
        ----------
        channels : iterable of ndarray of shape (n_samples,) or (n_samples, n_steps), or of lists
            Values of each channel in [0, 1].
        sample_weight : ndarray of shape (n_samples,) or None, default=None
            Weights of the samples, > 0. None means 1.
        """
        means, scales = zip(
            *(self._moments_of(channel, sample_weight) for channel in channels), strict=True)
        self.mean_, self.scale_ = np.concatenate(means), np.concatenate(scales, axis=1)

    def _moments_of(self, channel, weight):
        """Return the mean of a channel, and the scales of its values and its differences."""
        if isinstance(channel, list):
            values = np.concatenate(channel)[np.newaxis, np.newaxis]
            channel = Ragged(values, np.array([*map(len, channel)]))
        else:
            channel = channel[:, np.newaxis]
        weight = np.ones(len(channel)) if weight is None else weight
        return moments(channel, weight, 1.0, self.differences, centred=False)

    def _fitted_arrays(self, n_channels: int, n_dims: int) -> list[FittedArray]:
        """Return mean and scale with their shapes. Series have differences."""
        n_scales = 1 + (n_dims == 3 and bool(self.differences))
        return [
            FittedArray("mean_ of coding_", self.mean_, (n_channels,)),
            FittedArray("scale_ of coding_", self.scale_, (n_scales, n_channels))]

    def _standardised(self, x):
        """Return values and differences, (n_samples, n_channels, 1 or 2, n_steps or 1)."""
        series = x if x.ndim == 3 else x[:, :, None]
        return np.stack(standardise(series, self.mean_, self.scale_), axis=2)

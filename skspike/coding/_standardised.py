"""Base class of the codings of standardised values."""

from collections.abc import Iterable

import numpy as np

from .._checks import FittedArray
from .._utils import Array, moments, standardise
from ._base import Coding

MIN_SCALE = 2.0**-24  # smaller deviations of values in [0, 1] are rounding errors


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
        self.mean_, self.scale_ = moments(
            channels, _root_mean_square if self.differences else None, MIN_SCALE, constant=1.0,
            weight=sample_weight)

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


def _root_mean_square(x, weight=None):
    return np.sqrt(np.average(x**2, None, weight))

"""What codings share that see values in standard deviations, and of series their differences from step to step.

    z[t] = (x[t] - mean) / sd    and    z'[t] = (x[t] - x[t - 1]) / sd of these around zero,    0 at
    the start
"""

import numpy as np

from ._base import Coding

LEAST = 2.0**-24  # a deviation, as a share of the range, that is more than rounding


class Standardised(Coding):
    """Base of codings that standardise each channel by the mean and the standard deviation that `fit` has seen."""

    def _learn(self, channels, differences=True):
        """Learn mean and standard deviation of values and, of series, those of differences unless they are not wanted."""
        learned = [_moments(channel, differences and channel.ndim == 2) for channel in channels]
        self.mean_ = np.array([mean for mean, _ in learned])
        scale = np.array([deviations for _, deviations in learned]).T
        self.scale_ = np.where(scale < LEAST, 1.0, scale)

    def _standardised(self, x):
        """Return values and differences in deviations, (n_samples, n_channels, 1 or 2, n_steps); features have one step."""
        series = x if x.ndim == 3 else x[:, :, None]
        parts = [series - self.mean_[:, None], _differences(series)][: len(self.scale_)]
        return np.stack(parts, axis=2) / self.scale_.T[..., None]


def _differences(x):
    """Return differences from step to step, 0 at the start."""
    return np.diff(x, axis=-1, prepend=x[..., :1])


def _moments(channel, differences):
    """Return the mean of a channel, and its deviation with that of its differences, if they are asked for."""
    low = channel.min()
    mean = low if low == channel.max() else channel.mean()  # a mean has last bits of its own
    return mean, [channel.std()] + (
        [np.sqrt((_differences(channel) ** 2).mean())] if differences else [])

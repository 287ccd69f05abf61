"""What codings share that see values in standard deviations, and of series their differences from step to step.

    z[t] = (x[t] - mean) / sd    and    z'[t] = (x[t] - x[t - 1]) / sd of these around zero,    0 at the start
"""

import numpy as np

from ._base import Coding

LEAST = 2.0**-24  # a deviation, as a share of the range, that is more than rounding


class Standardised(Coding):
    """Base of codings that standardise each channel by the mean and the standard deviation that `fit` has seen."""

    def _learn(self, x, differences):
        """Learn mean and standard deviation of values and, if asked to, those of differences; see `Coding.encode` for x."""
        over = (0, 2)[: x.ndim - 1]
        low, high = x.min(axis=over), x.max(axis=over)
        self.mean_ = np.where(low == high, low, x.mean(axis=over))  # a mean has last bits of its own
        deviations = (np.std, _rms_of_differences) if differences else (np.std,)
        scale = np.array([[deviation(channel) for channel in np.moveaxis(x, 1, 0)] for deviation in deviations])
        self.scale_ = np.where(scale < LEAST, 1.0, scale)

    def _standardised(self, x):
        """Return values and differences in deviations, (n_samples, n_channels, 1 or 2, n_steps); features have one step."""
        series = x if x.ndim == 3 else x[:, :, None]
        parts = [series - self.mean_[:, None], _differences(series)][: len(self.scale_)]
        return np.stack(parts, axis=2) / self.scale_.T[..., None]


def _differences(x):
    """Return differences from step to step, 0 at the start."""
    return np.diff(x, axis=-1, prepend=x[..., :1])


def _rms_of_differences(x):
    return np.sqrt((_differences(x) ** 2).mean())

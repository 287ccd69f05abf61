"""Coding of a series one step at a time."""

from typing import Any

import numpy as np

from .._utils import Array


class RecentSteps:
    """Steps of a coding that depends on the present step and a few earlier ones.

    ``kept`` lists the arrays that change from step to step.

    Parameters
    ----------
    coding : Coding
        A coding whose ``memory`` is a number of steps.
    n_channels : int
        Channels of the series.
    dt : float
        Length of a step in ms.
    """

    def __init__(self, coding: Any, n_channels: int, dt: float):
        self.coding, self.dt = coding, dt
        self.recent = np.zeros((1, n_channels, coding.memory + 1))
        self.n_seen = np.zeros(1, np.int64)
        self.kept = [self.recent, self.n_seen]

    def step(self, x: Array) -> Array:
        """Return the output for the scaled values of one step, (n_channels,)."""
        n_recent = self.recent.shape[2]
        self.recent[:, :, :-1] = self.recent[:, :, 1:]
        self.recent[0, :, -1] = x
        n = self.n_seen[0] = min(self.n_seen[0] + 1, n_recent)
        output: Array = self.coding.encode(self.recent[:, :, n_recent - n :], n, self.dt, 0)
        return output[0, :, -1]

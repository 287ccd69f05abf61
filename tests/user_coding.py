"""A coding outside the package: the time of a spike in a cycle encodes the value.

    spike at step t  if  t mod P = round((1 - x) (P - 1)),    P = period / dt steps a cycle
"""

from numbers import Real

import numpy as np

from skspike.coding import Coding


class Phase(Coding):
    """Phase coding: one spike in each cycle of `period` ms. Higher values spike earlier.

    A series has a spike if the time agrees with its present value.
    """

    name = "phase"
    higher_means = "earlier"

    def __init__(self, period=20.0):
        self.period = period

    def check(self, dt):
        if not (isinstance(self.period, Real) and dt <= self.period < 1e6):
            raise ValueError(
                f"period must be a number of ms from one step, {dt}, to a million, got "
                f"{self.period!r}.")

    def encode(self, x, n_steps, dt, seed, stream=None):
        n_phases = round(self.period / dt)
        phases = np.rint((1 - x) * (n_phases - 1))
        phases = phases[:, :, np.newaxis] if x.ndim == 2 else phases  # features are constant
        return np.ascontiguousarray(np.arange(n_steps) % n_phases == phases, dtype=np.uint8)

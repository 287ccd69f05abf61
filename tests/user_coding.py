"""A coding outside the package: the time of a spike in a cycle encodes the value.

    spike at step t  if  t mod P = round((1 - x) (P - 1)),    P = period / dt steps a cycle
"""

from numbers import Real

import numpy as np

from skspike.coding import Coding


class Phase(Coding):
    """Phase coding: one spike in each cycle. Higher values spike earlier.

    A series has a spike if the time agrees with its present value.

    Parameters
    ----------
    period : float, default=20.0
        Length of a cycle in ms, at least one step and less than a million.

    See Also
    --------
    skspike.coding.Latency : One spike in the whole train.

    Examples
    --------
    >>> from skspike import SpikeEncoder
    >>> encoder = SpikeEncoder(Phase(period=3.0), n_steps=6)
    >>> encoder.fit_transform([[0.0], [0.5], [1.0]])[:, 0].tolist()
    [[0, 0, 1, 0, 0, 1], [0, 1, 0, 0, 1, 0], [1, 0, 0, 1, 0, 0]]
    """

    name = "phase"
    higher_means = "earlier"
    times = ("period",)

    def __init__(self, period: float = 20.0):
        self.period = period

    def check(self, dt: float) -> None:
        """Raise if the period is out of range."""
        if not (isinstance(self.period, Real) and dt <= self.period < 1e6):
            raise ValueError(
                f"period must be a number of ms from one step, {dt}, to a million, got "
                f"{self.period!r}.")

    def encode(
            self, x: np.ndarray, n_steps: int, dt: float, seed: int,
            noise_key: tuple[int, np.ndarray] | None = None) -> np.ndarray:
        """Return a raster with a spike in each cycle."""
        n_phases = round(self.period / dt)
        phases = np.rint((1 - x) * (n_phases - 1))
        phases = phases[:, :, np.newaxis] if x.ndim == 2 else phases  # features are constant
        return np.ascontiguousarray(np.arange(n_steps) % n_phases == phases, dtype=np.uint8)

"""Number of runs in spike trains."""

import numpy as np

from .._base import Array
from ._measure import Measure


class NumberOfRuns(Measure):
    """Number of runs: the longest stretches of equal values in a train.

    The statistic of the runs test of randomness [1]_. The runs of all channels are added up.

    See Also
    --------
    LZ76 : Counts words instead of runs.

    References
    ----------
    .. [1] A. Wald, J. Wolfowitz, "On a test whether two samples are from the same population",
        Annals of Mathematical Statistics 11, 1940.

    Examples
    --------
    >>> from skspike.complexity import NumberOfRuns
    >>> NumberOfRuns().each([[0, 0, 0, 1, 1, 1], [0, 1, 1, 0, 1, 0]]).tolist()
    [2, 5]
    """

    name = "number_of_runs"
    units = {True: "runs per step", False: "runs"}
    limits = {False: (1, np.inf), True: (0, 1)}
    min_steps = 2
    unchanged_by = ("channel_order", "inversion")

    def values(self, rasters: Array) -> Array:
        """Return the number of runs of each raster."""
        changes = rasters[:, :, 1:] != rasters[:, :, :-1]
        return rasters.shape[1] + changes.sum(axis=(1, 2))

    def scale(self, n_channels: int, n_steps: int) -> float:
        """Return 1 / the number of steps of all channels."""
        return 1 / (n_channels * n_steps)

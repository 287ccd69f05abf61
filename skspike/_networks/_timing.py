"""Recognise rasters in which only the number of spikes matters, and not their times."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._checks import Ragged
from .._estimators import SpikeEncoder
from .._utils import Array

N_SEEN, SOME_SPIKES = 256, 4  # samples that are examined, and spikes that a train needs
REGULAR = 0.99  # smallest share of regular trains
N_WINDOWS, FEW_STEPS = 5, 4  # windows, in which rates may change, and steps of common events
DEVIATIONS = 4  # by which the relative variance of the sums over samples may exceed 1
NEAR = 0.15  # deviation of relative variances: they are .8 or less, or 1.25 or more, of others


class Timing(NamedTuple):
    """Whether the times of spikes contain information, in addition to their number.

    Parameters
    ----------
    is_constant : bool
        Whether each sample is constant in time: a row of a table, or regular trains.
    is_count : bool
        Whether only the number of spikes matters: the input is constant, or times are random.
    """

    is_constant: bool
    is_count: bool

    @classmethod
    def of(cls, X: Any, encoder: SpikeEncoder | None) -> Timing:
        """Return the timing of checked input."""
        if X.ndim == 2:
            return cls(True, True)
        if encoder is not None or isinstance(X, Ragged) or X.dtype != np.uint8:
            return cls(False, False)
        rows = np.linspace(0, len(X) - 1, min(len(X), N_SEEN)).astype(int)
        constant = _are_regular(X[rows[::16]])  # a few rows are enough
        return cls(constant, constant or _are_random(X[rows]))


def _are_regular(raster: Array) -> bool:
    """Return whether trains never deviate by more than a spike from spikes at equal distances.

    A deterministic coding turns constants into such trains. Of others, few are so regular.
    """
    n_steps = raster.shape[2]
    if n_steps < 2 * SOME_SPIKES:  # many short trains spike in all steps
        return False
    counts = raster.reshape(-1, n_steps).cumsum(axis=1, dtype=np.int32)
    counts = counts[counts[:, -1] >= SOME_SPIKES]
    even = counts[:, -1:] * (np.arange(1, n_steps + 1) / n_steps)
    regular = np.abs(counts - even).max(axis=1) <= 1
    return len(regular) > 0 and float(regular.mean()) >= REGULAR


def _are_random(raster: Array) -> bool:
    """Return whether counts in windows vary as if spikes had random times.

    This holds for Poisson coding of constants. Trains whose rate changes vary more, and those with
    regular intervals less. Common changes of channels show in the counts of all channels, and
    times that samples share in the counts of all samples.
    """
    n_steps = raster.shape[2]
    if n_steps < 2 * FEW_STEPS * N_WINDOWS:
        return False
    changes = _relative_variance(raster, n_steps // N_WINDOWS, raster)
    common, shared = (
        _relative_variance(raster, FEW_STEPS, raster.sum(axis=axis, keepdims=True))
        for axis in (1, 0))
    n_sums = raster.shape[1] * (n_steps // FEW_STEPS)  # the variance of n sums has 2 / n
    limit = 1 + DEVIATIONS * np.sqrt(2 / n_sums)
    return bool(max(abs(changes - 1), abs(common - 1)) <= NEAR and shared <= limit)


def _relative_variance(raster: Array, width: int, counted: Array) -> float:
    """Return the variance of counts in windows, relative to that of a raster of random times.

    The counts are those of the raster, or of its sums over channels or samples.
    """
    n_windows = raster.shape[2] // width
    n_steps = n_windows * width
    counts = counted[:, :, :n_steps].reshape(*counted.shape[:2], n_windows, width).sum(axis=3)
    # the variance if the spikes of each channel are drawn without replacement from the steps
    n = raster[:, :, :n_steps].sum(axis=2, dtype=float)
    expected = (n * (1 - n / n_steps) * (n_steps - width) / (n_steps - 1)).sum()
    found = counts.var(axis=2).sum() * n_windows
    return float(found / expected) if expected > 0 else np.inf

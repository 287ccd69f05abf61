"""Recognise rasters in which only the number of spikes matters, and not their times."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .._checks import Ragged
from .._estimators import SpikeEncoder
from .._utils import Array

N_SEEN, SOME_SPIKES = 256, 4  # samples that are examined, and spikes that a train needs
REGULAR = 0.99  # smallest share of regular trains
AT_ONCE = 2**20  # entries of the rasters that are examined at a time, to save memory
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
        constant = _are_regular(X, rows[::16])  # a few rows are enough
        return cls(constant, constant or _are_random(X, rows))


def _parts(X: Array, rows: Array) -> Iterator[Array]:
    """Yield some rows at a time."""
    n = max(AT_ONCE // math.prod(X.shape[1:]), 1)
    for start in range(0, len(rows), n):
        yield X[rows[start : start + n]]


def _are_regular(X: Array, rows: Array) -> bool:
    """Return whether trains never deviate by more than a spike from spikes at equal distances.

    A deterministic coding turns constants into such trains. Of others, few are so regular.
    """
    n_steps = X.shape[2]
    if n_steps < 2 * SOME_SPIKES:  # many short trains spike in all steps
        return False
    regular = np.concatenate([_regular(part) for part in _parts(X, rows)])
    return len(regular) > 0 and float(regular.mean()) >= REGULAR


def _regular(raster: Array) -> Array:
    """Return whether each train with some spikes has them at equal distances."""
    n_steps = raster.shape[2]
    counts = raster.reshape(-1, n_steps).cumsum(axis=1, dtype=np.int32)
    counts = counts[counts[:, -1] >= SOME_SPIKES]
    even = counts[:, -1:] * (np.arange(1, n_steps + 1) / n_steps)
    return np.asarray(np.abs(counts - even).max(axis=1) <= 1)


def _are_random(X: Array, rows: Array) -> bool:
    """Return whether counts in windows vary as if spikes had random times.

    This holds for Poisson coding of constants. Trains whose rate changes vary more, and those with
    regular intervals less. Common changes of channels show in the counts of all channels, and
    times that samples share in the counts of all samples.
    """
    n_channels, n_steps = X.shape[1:]
    if n_steps < 2 * FEW_STEPS * N_WINDOWS:
        return False
    width, shared = n_steps // N_WINDOWS, np.zeros((1, n_channels, n_steps), np.uint64)
    counts: list[Array] = []
    common: list[Array] = []
    numbers: dict[int, list[Array]] = {width: [], FEW_STEPS: []}  # spikes of trains, in windows
    for part in _parts(X, rows):
        counts.append(_in_windows(part, width))
        common.append(part.sum(axis=1, keepdims=True))
        shared += part.sum(axis=0, keepdims=True)
        for one, found in numbers.items():
            found.append(part[:, :, : n_steps // one * one].sum(axis=2, dtype=float))
    changes, together, at_once = (
        _relative_variance(sums, one, np.concatenate(numbers[one])) for sums, one in (
            (np.concatenate(counts), width),
            (_in_windows(np.concatenate(common), FEW_STEPS), FEW_STEPS),
            (_in_windows(shared, FEW_STEPS), FEW_STEPS)))
    n_sums = n_channels * (n_steps // FEW_STEPS)  # the variance of n sums has 2 / n
    limit = 1 + DEVIATIONS * np.sqrt(2 / n_sums)
    return bool(max(abs(changes - 1), abs(together - 1)) <= NEAR and at_once <= limit)


def _in_windows(raster: Array, width: int) -> Array:
    """Return the sums of windows of some steps. Steps that do not fill the last are left out."""
    n_windows = raster.shape[2] // width
    windows = raster[:, :, : n_windows * width].reshape(*raster.shape[:2], n_windows, width)
    return np.asarray(windows.sum(axis=3))


def _relative_variance(counts: Array, width: int, n: Array) -> float:
    """Return the variance of counts in windows, relative to that of a raster of random times.

    The counts are those of the raster, or of its sums over channels or samples. `n` are the spikes
    of each train.
    """
    n_windows = counts.shape[2]
    n_steps = n_windows * width
    # the variance if the spikes of each channel are drawn without replacement from the steps
    expected = (n * (1 - n / n_steps) * (n_steps - width) / (n_steps - 1)).sum()
    found = counts.var(axis=2).sum() * n_windows
    return float(found / expected) if expected > 0 else np.inf

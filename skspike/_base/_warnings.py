"""Warnings about input that is valid but usually a mistake.

Each check reads the input of a fit once. It is silent if correct input could look the same.
"""

import inspect
import multiprocessing
import os
import sys
import warnings
import weakref
from collections.abc import Sequence
from typing import Any

import joblib
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ._arrays import Array, entries, is_raster

# A column is small if its standard deviation and its range are less than 1/MAX_SCALE_RATIO of the
# largest ones. Both must be small, because a rare category has a small deviation but a large range.
MAX_SCALE_RATIO = 100
MIN_SMALL_SHARE = 0.25  # share of small columns that causes a warning, larger than in images
MIN_ROWS = 10  # needed to estimate standard deviations
MAX_ROWS, MAX_ENTRIES = 1000, 2**20  # number of rows or values to read, evenly spaced
# Median ratio of the deviations of neighbouring columns. It is about 1.1 for series, which are
# smooth in time, and larger for tables.
MIN_TABLE_RATIO = 2
# Roughness: the mean squared difference of neighbours over twice the variance, 1 without order
SMOOTH, ROUGH = 0.6, 0.8  # of values of time and of channels. Motion at 10 Hz has 0.5
MIN_SMOOTH_SHARE = 0.75  # of the columns of a recording
N_ROWS, MIN_BLOCKS, MIN_TURNS = 20, 5, 4  # of a block of rows, of blocks, and of a column
MIN_STEPS = 2  # of a time constant
MIN_LENGTH_RATIO = 2  # of the lengths of trains in `fit` and later
MAX_LOSS_FALL = 0.1  # in the second half of the epochs, as a share of the first loss
# folders to skip in the search for the line that caused a warning
PACKAGES = tuple(
    os.path.join(os.path.dirname(str(sys.modules[name].__file__)), "")
    for name in ("skspike", "sklearn", "joblib"))
# messages of calls that fit several times, by the object that runs the fits
_IN_CALLS: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line outside of skspike, scikit-learn and joblib that made the call.

    The fits of one search or cross-validation give equal warnings once. Python itself gives them
    again, because scikit-learn sets the filters for each fit. A worker process does not know which
    search it works for, and gives equal warnings once.
    """
    frame, level, call = sys._getframe(1), 2, None
    while frame.f_back and frame.f_code.co_filename.startswith(PACKAGES):
        for value in frame.f_locals.values():
            call = value if isinstance(value, joblib.Parallel) else call
        frame, level = frame.f_back, level + 1
    if call is None and multiprocessing.current_process().name != "MainProcess":
        call = joblib.Parallel
    if call is not None:
        before = _IN_CALLS.setdefault(call, set())
        if message in before:
            return
        before.add(message)
    warnings.warn(message, category, stacklevel=level)


def warn_if_no_time(X: Array, name: str) -> None:
    """Warn if 3-D input has several channels and a single step."""
    if len(X) > 1 and X.ndim == 3 and X.shape[1] > 1 == X.shape[2]:
        warn(
            f"{name} got 3-D input of shape {X.shape}: {X.shape[1]} channels of one step each. If "
            "the second axis is time, pass X.transpose(0, 2, 1). If it holds features, pass "
            "X[:, :, 0].")


def warn_if_time_first(X: Array, name: str) -> None:
    """Warn if 3-D series seem to have their steps on the second axis and channels on the last.

    Neighbouring steps are similar, and neighbouring channels have little in common.
    """
    if X.ndim < 3 or X.shape[2] == 1 or X.shape[1] < max(2 * X.shape[2], MIN_ROWS) or is_raster(X):
        return
    some = X[:: X.size // MAX_ENTRIES + 1].astype(float)
    deviation = some.std(axis=(0, 1))
    some /= np.where(deviation > 0, deviation, np.inf)
    variance = (deviation > 0).mean()
    of_second, of_last = (
        (np.diff(some - some.mean(axis=(0, 1)), axis=axis) ** 2).mean() / 2 for axis in (1, 2))
    if of_second < SMOOTH * variance and of_last > ROUGH * variance:
        warn(
            f"{name} got 3-D input of shape {X.shape}: {X.shape[1]} channels of {X.shape[2]} steps "
            "each. Values are similar in neighbouring channels and not in neighbouring steps. If "
            "the second axis is time, pass X.transpose(0, 2, 1).")


def warn_if_recording(X: Array, name: str) -> None:
    """Warn if the rows of a table seem to be the steps of one recording.

    Nearly all columns change from row to row, less than within blocks of rows, and now and then
    change their direction. Columns that are sorted by value, class or person do not.
    """
    n_blocks = len(X) // N_ROWS
    if n_blocks < MIN_BLOCKS:
        return
    blocks = X[: n_blocks * N_ROWS].reshape(n_blocks, N_ROWS, -1)
    blocks = blocks[:: X.size // MAX_ENTRIES + 1].astype(float)
    steps, variance = np.diff(blocks, axis=1), blocks.var(axis=1, ddof=1).mean(axis=0)
    is_smooth = (steps**2).mean(axis=(0, 1)) / 2 < SMOOTH * variance
    is_smooth &= (steps != 0).mean(axis=(0, 1)) > 0.5
    turns = (steps[:, 1:] * steps[:, :-1] < 0).sum(axis=(0, 1)) >= MIN_TURNS
    varies = variance > 0
    if varies.sum() > 1 and (is_smooth & turns)[varies].mean() >= MIN_SMOOTH_SHARE:
        warn(
            f"{name} takes the {len(X)} rows of 2-D input as independent samples, but nearly all "
            "columns change little from row to row, as in a recording. If the rows are steps with "
            "a target each, pass a list of one recording: fit([X.T], [y]) of an SNNClassifier with "
            "readout='leaky', or fit([X.T], [y[np.newaxis]]) of an SNNRegressor. Otherwise shuffle "
            "the rows.")


def warn_if_encoded(X: Any, name: str) -> None:
    """Warn if the input of an encoder is a raster: several samples in 3-D with both 0 and 1."""
    values = entries(X)
    # check the first sample first, because it rules out most series quickly
    may_be = len(X) > 1 and X.ndim == 3 and is_raster(values[:1])
    if may_be and is_raster(values) and values.min() < values.max():
        warn(
            f"{name} got 3-D input of 0 and 1 only, which looks like spike trains, and encodes it "
            "again. Networks, SpikeCounter and LZCTransformer accept spike trains: leave the "
            "encoder out.")


def warn_if_scales_differ(X: Array, name: str) -> None:
    """Warn if many columns are so small that they have no effect as currents."""
    deviation, small = _scales(X)
    if small.mean() >= MIN_SMALL_SHARE:
        warn(
            f"{name} takes 2-D input as currents, and {small.sum()} of {len(small)} columns vary "
            f"less than 1/{MAX_SCALE_RATIO} as much as column {deviation.argmax()}, so they have "
            "almost no effect. Set standardize=True, or encoder=SpikeEncoder().")


def warn_if_table(X: Array, name: str) -> None:
    """Warn if 2-D input seems to be a table with columns of different units instead of series."""
    deviation, small = _scales(X)
    if small.mean() >= MIN_SMALL_SHARE and np.median(
            np.abs(np.diff(np.log2(deviation[deviation > 0])))) >= np.log2(MIN_TABLE_RATIO):
        warn(
            f"{name} reads each row of 2-D input as a series, but the columns differ in scale as "
            f"in a table: {small.sum()} of {len(small)} vary less than 1/{MAX_SCALE_RATIO} as much "
            f"as column {deviation.argmax()}. The result depends on the order of the columns. Put "
            "a SpikeEncoder before it, which makes spike trains of each feature.")


def warn_if_short(part: Any, dt: float) -> None:
    """Warn if a time constant of a neuron, rule or readout is shorter than two steps.

    Defaults that are shorter, in steps of 1 ms, are meant. Of several values, the longest counts.
    """
    defaults = inspect.signature(type(part)).parameters
    for name, value in part.get_params(deep=False).items():
        is_time = name.startswith("tau") and not name.endswith("_bounds")
        if not is_time or value is None or np.size(value) == 0:
            continue
        longest, default = float(np.max(value)), defaults[name].default
        fewest = MIN_STEPS if default is None else min(MIN_STEPS, np.max(default))
        if longest < fewest * dt:
            warn(
                f"{name}={value} ms of {type(part).__name__} is {longest / dt:.2g} times dt={dt:g} "
                "ms. A time constant below two steps keeps nearly nothing of the past. Raise "
                f"{name}, or set dt to the length of a step in ms.")


def warn_if_falling(curve: Sequence[float], max_iter: int) -> None:
    """Warn if the loss still fell in the second half of the epochs and `max_iter` was reached."""
    fall = (curve[len(curve) // 2] - curve[-1]) / abs(
        curve[0]) if len(curve) == max_iter > 1 and curve[0] else 0.0
    if fall > MAX_LOSS_FALL:
        warn(
            f"Not converged: the loss fell by more than {MAX_LOSS_FALL:.0%} of its first value in "
            f"the second half of {len(curve)} epochs. Raise max_iter or learning_rate.",
            ConvergenceWarning)


def warn_if_length_differs(
        lengths: tuple[int, int], fitted: tuple[int, int], name: str) -> None:
    """Warn if trains are much shorter or longer than in `fit`, because their features differ.

    Both arguments are the smallest and the largest number of steps.
    """
    if lengths[1] >= MIN_LENGTH_RATIO * fitted[1] or fitted[0] >= MIN_LENGTH_RATIO * lengths[0]:
        found, before = (
            f"{low}" if low == high else f"{low} to {high}" for low, high in (lengths, fitted))
        warn(
            f"{name} was fitted on trains of {before} steps and got {found} steps. Features such "
            "as spike counts depend on the length, so predictions are unreliable. Cut or pad the "
            f"trains to {fitted[1]} steps, interpolate series with SpikeEncoder(n_steps="
            f"{fitted[1]}), or fit on trains of this length. To predict before a train has ended, "
            "use stream().")


def warn_of_overflow() -> None:
    """Warn that a batch was skipped because its gradient was not finite."""
    warn(
        "The gradient of a batch overflowed, and the batch was skipped. Gradients may grow with "
        "each step backward in time. Use fewer or longer steps, smaller inputs or penalties, less "
        "steep neurons, no recurrence, or a surrogate with a higher slope.")


def _scales(X):
    """Return the scaled standard deviations of the columns, and a mask of the small columns."""
    X = X[:: len(X) // MAX_ROWS + 1].astype(float)
    if len(X) < MIN_ROWS:
        return np.zeros(X.shape[1]), np.zeros(X.shape[1], bool)
    deviation, span = X.std(axis=0), np.ptp(X, axis=0)
    varies = span > 1e-12 * span.max()  # a smaller range is a rounding error
    deviation[~varies] = 0
    small = (deviation < deviation.max() / MAX_SCALE_RATIO) & (span < span.max() / MAX_SCALE_RATIO)
    return deviation, varies & small

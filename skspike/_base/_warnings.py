"""Warnings about input that is valid but usually a mistake.

Each check reads the input of a fit once. It is silent if correct input could look the same.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ._arrays import Array, entries, is_raster

# A column is small if its standard deviation and its range are less than 1/MAX_SCALE_RATIO of the
# largest ones. Both must be small, because a rare category has a small deviation but a large range.
MAX_SCALE_RATIO = 100
MIN_SMALL_SHARE = 0.25  # share of small columns that causes a warning, larger than in images
MIN_ROWS = 10  # needed to estimate standard deviations
MAX_ROWS = 1000  # number of rows to read, evenly spaced
# Median ratio of the deviations of neighbouring columns. It is about 1.1 for series, which are
# smooth in time, and larger for tables.
MIN_TABLE_RATIO = 2
MIN_LENGTH_RATIO = 2  # of the lengths of trains in `fit` and later
MAX_LOSS_FALL = 0.1  # in the second half of the epochs, as a share of the first loss
# folders to skip in the search for the line that caused a warning
PACKAGES = tuple(
    os.path.join(os.path.dirname(str(sys.modules[name].__file__)), "")
    for name in ("skspike", "sklearn", "joblib"))


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line outside of skspike, scikit-learn and joblib that made the call."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_code.co_filename.startswith(PACKAGES):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def warn_if_no_time(X: Array, name: str) -> None:
    """Warn if 3-D input has several channels and a single step."""
    if len(X) > 1 and X.ndim == 3 and X.shape[1] > 1 == X.shape[2]:
        warn(
            f"{name} got 3-D input of shape {X.shape}: {X.shape[1]} channels of one step each. If "
            "the second axis is time, pass X.transpose(0, 2, 1). If it holds features, pass "
            "X[:, :, 0].")


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


def warn_if_falling(curve: Sequence[float], max_iter: int) -> None:
    """Warn if the loss still fell in the second half of the epochs and `max_iter` was reached."""
    fall = (curve[len(curve) // 2] - curve[-1]) / abs(
        curve[0]) if len(curve) == max_iter > 1 and curve[0] else 0.0
    if fall > MAX_LOSS_FALL:
        warn(
            f"Not converged: the loss fell by {fall:.0%} of its first value in the second half of "
            f"{len(curve)} epochs. Raise max_iter or learning_rate.", ConvergenceWarning)


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

"""Warnings of what is allowed and most likely a mistake: what was seen, and the way out.

Each looks at the input of a fit once, and stays silent where good input may look alike.
"""

import os
import sys
import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ._arrays import Array, is_raster

# A column is lost beside another if it varies by a hundredth of it, in its deviation and in its
# range: rare categories have a small deviation alone. A quarter of all columns is to be lost, for
# the rare pixels at the edge of an image are lost rightly.
LOST, SHARE = 100, 0.25
FEWEST = 10  # rows, of which a deviation tells something
# in tables the deviations of neighbours differ by this factor and more, in series by a tenth, for
# time is smooth
JUMP = 2
FALLING = 0.1  # of the first loss, in the second half of all epochs
MOST = 1000  # rows that are looked at, spread over all
OURS = tuple(
    os.path.join(os.path.dirname(str(sys.modules[name].__file__)), "")
    for name in ("skspike", "sklearn", "joblib"))


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line that has called this package, by way of scikit-learn and joblib or not."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_code.co_filename.startswith(OURS):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def warn_if_no_time(X: Array, name: str) -> None:
    """Warn if 3-D input has many channels of a single step."""
    if len(X) > 1 and X.ndim == 3 and X.shape[1] > 1 == X.shape[2]:
        warn(
            f"{name} got 3-D input of shape {X.shape}: {X.shape[1]} channels of one step each, in "
            "which nothing happens in time. "
            "If the second axis is time, pass X.transpose(0, 2, 1); if it holds features, pass "
            "X[:, :, 0].")


def warn_if_encoded(X: Array, name: str) -> None:
    """Warn if spike trains come to an encoder: many samples in 3-D that hold both 0 and 1, and nothing else."""
    # of most series the first sample tells
    if len(X) > 1 and X.ndim == 3 and is_raster(X[:1]) and is_raster(X) and X.min() < X.max():
        warn(
            f"{name} got 3-D input that holds nothing but 0 and 1, as spike trains do, and encodes "
            "it once more. "
            "Networks, SpikeCounter and LZCTransformer take spike trains as they are: leave the "
            "encoder out.")


def warn_if_scales_differ(X: Array, name: str) -> None:
    """Warn if currents are so small beside others that a network does not see them."""
    deviation, lost = _scales(X)
    if lost.mean() >= SHARE:
        warn(
            f"{name} takes 2-D input as currents, and {lost.sum()} of {len(lost)} columns vary by "
            f"less than 1/{LOST} of what column "
            f"{deviation.argmax()} does: the network hardly sees them. Put a StandardScaler before "
            "it, or give it encoder=SpikeEncoder().")


def warn_if_table(X: Array, name: str) -> None:
    """Warn if the rows of 2-D input look like those of a table, whose columns have different units, and not like series."""
    deviation, lost = _scales(X)
    if lost.mean() >= SHARE and np.median(
            np.abs(np.diff(np.log2(deviation[deviation > 0])))) >= np.log2(JUMP):
        warn(
            f"{name} reads each row of 2-D input as a series, and here columns differ in scale as "
            f"those of a table do: {lost.sum()} of "
            f"{len(lost)} vary by less than 1/{LOST} of what column {deviation.argmax()} does. "
            "Their order decides what comes out: "
            "put a SpikeEncoder before it, which gives each feature a train of its own.")


def warn_if_falling(curve: Sequence[float], max_iter: int) -> None:
    """Warn if training has ended after the last epoch while the loss, one for each epoch, was falling."""
    fall = (curve[len(curve) // 2] - curve[-1]) / abs(
        curve[0]) if len(curve) == max_iter > 1 and curve[0] else 0.0
    if fall > FALLING:
        what = (
            f"the loss still fell by {fall:.0%} of its first value in the second half of "
            f"{len(curve)} epochs")
        warn(f"Not converged: {what}; raise max_iter, or learning_rate.", ConvergenceWarning)


def warn_of_overflow() -> None:
    """Warn that a batch was left out, for its gradient was not finite."""
    warn(
        "The gradient of a batch overflowed and the batch was left out: it grows with every step on "
        "the way back through time. Take fewer "
        "or longer steps, smaller inputs and penalties, neurons that are less steep, no "
        "recurrence, or a surrogate of higher slope.")


def _scales(X):
    """Return the deviations of the columns, in units of the largest entry, and which of them are lost beside others."""
    X = X[:: len(X) // MOST + 1].astype(float)
    largest = np.abs(X).max()
    if len(X) < FEWEST or largest == 0:
        return np.zeros(X.shape[1]), np.zeros(X.shape[1], bool)
    X /= largest  # squares of the largest floats overflow
    deviation, span = X.std(axis=0), np.ptp(X, axis=0)
    varies = span > 1e-12 * span.max()  # less is rounding
    deviation[~varies] = 0
    return deviation, varies & (deviation < deviation.max() / LOST) & (span < span.max() / LOST)

"""Choice of weight decay and dropout by a ridge regression on the untrained network."""

import numpy as np

from ._initialise import N_JUDGED, features_of, fitted_ridge, initial_state, wanted_of, with_readout
from ._task import Task

LARGEST_VARIANCE = 0.25  # of a target of 0 and 1
PENALTIES = np.logspace(-1, 4, 11)
# Factor of dropout, and its limit. The rule was found on 14 tables and confirmed on 16 others.
NOISE_SHARE, MOST = 0.4, 0.5


def regularisation(task: Task) -> tuple[float, float]:
    """Return weight decay and dropout for a table.

    A ridge regression is fitted to the standardised features of an untrained network, at most 512
    samples. Its best penalty by leave-one-out error is the weight decay, which has the same unit.
    For labels it is multiplied by the variance of targets of 0 and 1, relative to two equal
    classes, because this variance is the second derivative of the loss at the class frequencies.
    The share of the variance that the regression does not explain determines dropout, because noisy
    targets need more of it. More than 512 samples need less of both: with n samples, weight decay
    is multiplied by ``sqrt(512 / n)`` and dropout by ``512 / n``. Both are 0 if the samples do not
    define an error.
    """
    state = with_readout(task, initial_state(task))
    target = task.target
    rows = np.sort(task.some_rows()[:N_JUDGED])
    rows = rows[target.sample_weight[rows] > 0]
    if len(rows) < 2 or state.decoder is None:
        return 0.0, 0.0
    wanted, weight = wanted_of(task, rows)
    wanted = wanted - np.average(wanted, axis=0, weights=weight)
    variance = np.average(wanted**2, axis=0, weights=weight).mean()
    if variance == 0:
        return 0.0, 0.0
    features, _ = features_of(task, task.network(state.layers, readout=state.readout), rows)
    z = state.decoder.standardise(features)
    ridge = fitted_ridge(PENALTIES, z - np.average(z, axis=0, weights=weight), wanted, weight)
    unexplained = -ridge.best_score_ / variance
    if not np.isfinite(unexplained):
        return 0.0, 0.0
    alpha = ridge.alpha_ * (1.0 if target.loss.learns == "values" else variance / LARGEST_VARIANCE)
    dropout = min(NOISE_SHARE * max(unexplained, 0.0) ** 2, MOST)
    share = min(N_JUDGED / len(task.inputs), 1.0)
    return float(alpha * np.sqrt(share)), float(dropout * share)

"""Contract of a complexity measure."""

import itertools
import math

import numpy as np
from sklearn.base import clone

from ..complexity import LZCTransformer
from ._contract import Demands, check_bad_values, check_effects, rasters

# changes of rasters, which `Measure.unchanged_by` names
CHANGES = {
    "channel_order": lambda X: X[:, ::-1],
    "channel_copies": lambda X: np.concatenate([X, X], axis=1),
    "inversion": lambda X: 1 - X}
N_EVERY = 10  # steps of which every train is compared
LENGTHS = 250, 2000  # steps, over which normalised values grow by a factor of 2 at most
X = rasters(np.linspace(0.1, 0.9, 12), 4, 40)
X[0], X[1] = 0, 1

demand = Demands()


@demand
def _features_depend_on_their_row_alone(contract):
    """Check features: finite, different for different rates, and of their own row alone."""
    for channels, normalize in (("each", False), ("joint", True)):
        where = f"{channels} (with normalize={normalize})"
        estimator = LZCTransformer(clone(contract.part), channels=channels, normalize=normalize)
        contract.raises_nothing(where, estimator.fit, X)
        features = contract.by_rows(estimator.transform, X, where)
        contract.by_values(estimator.transform, X, where)
        contract.holds(np.isfinite(features).all(), where, "must be finite for any raster")
        contract.holds(
            np.ptp(features, axis=0).all(), where, "must differ between rasters of different rates")


@demand
def _parameters_act(contract):
    """Check that bad values are refused, and that each parameter changes values."""
    check_bad_values(contract, LZCTransformer, X)
    check_effects(contract, lambda measure: measure.check(), lambda measure: [measure.joint(X)])


@demand
def _values_lie_within_limits(contract):
    """Check that values lie within the limits that the measure declares."""
    short = (np.array(list(itertools.product([0, 1], repeat=n)), np.uint8) for n in range(1, 9))
    cases = [trains[:, None] for trains in short]
    cases += [
        rasters([0, 1, 0.02, 0.1, 0.3, 0.5, 0.5, 0.8], n_channels, n_steps)
        for n_steps in (1, 2, 3, 5, 8, 20, 100, 500) for n_channels in (1, 3)]
    for normalize, (low, high) in contract.part.limits.items():
        for case in cases:
            with np.errstate(all="ignore"):
                values = contract.raises_nothing(
                    "joint", clone(contract.part).joint, case, normalize)
            slack = 1e-9 * np.abs(values).max()
            contract.holds(
                low - slack <= values.min() and values.max() <= high + slack, "limits",
                f"values with normalize={normalize!r} must lie within {low} and {high}, got "
                f"{values.min():.4g} to {values.max():.4g} for {case.shape[1]} channels of "
                f"{case.shape[2]} steps. Mend values or scale, or declare other limits")


@demand
def _declared_changes_change_nothing(contract):
    """Check that the declared changes of a raster leave its value."""
    measure = clone(contract.part)
    for name in measure.unchanged_by:
        contract.holds(
            name in CHANGES, "unchanged_by", f"must list some of {list(CHANGES)}, got {name!r}")
        contract.holds(
            np.allclose(measure.joint(CHANGES[name](X)), measure.joint(X), rtol=1e-12),
            "unchanged_by", f"lists {name!r}, and this change of a raster changes its value. Leave "
            "it out")


@demand
def _disorder_acts_as_declared(contract):
    """Compare periodic with random trains, and normalised values of short and long ones."""
    measure = clone(contract.part)
    regular = np.tile([0] * 7 + [1], 64)
    order, disorder = (
        float(np.mean(measure.each(trains))) for trains in (regular, rasters([0.5] * 8, 1, 512)))
    holds = {None: True, "disorder": disorder > order, "order": disorder < order}
    contract.holds(
        measure.higher_means in holds, "higher_means",
        f"must be one of {list(holds)}, got {measure.higher_means!r}")
    contract.holds(
        holds[measure.higher_means], "values",
        f"must be higher for {measure.higher_means}, as higher_means says, got {disorder:.4g} for "
        f"random and {order:.4g} for periodic spikes")
    short, long = (
        float(np.mean(measure.each(rasters([0.5] * 8, 1, n), True))) for n in LENGTHS)
    contract.holds(
        abs(long) <= 2 * abs(short), "scale",
        f"must make trains of different lengths comparable, and the normalised value of random "
        f"spikes grows from {short:.4g} over {LENGTHS[0]} steps to {long:.4g} over {LENGTHS[1]}")


@demand
def _all_channels_and_steps_act(contract):
    """Check that values depend on each channel, and the first, the middle and the last steps."""
    measure = clone(contract.part)
    for k in range(X.shape[1]):
        changed = X.copy()
        changed[:, k] = changed[::-1, k]
        contract.holds(
            not np.array_equal(measure.joint(changed), measure.joint(X)), "values",
            f"must depend on all channels of a raster, and does not depend on channel {k}")
    trains = rasters(np.linspace(0.02, 0.5, 24), 1, 60)
    for start in (0, 28, 56):
        changed = trains.copy()
        changed[:, :, start : start + 4] ^= 1
        contract.holds(
            not np.array_equal(measure.each(changed), measure.each(trains)), "values",
            f"must depend on all steps, and steps {start} to {start + 3} of 60 change nothing")


@demand
def _min_steps_is_the_shortest_length(contract):
    """Check that trains of ``min_steps`` steps can differ, and shorter ones do not."""
    measure = clone(contract.part)
    for n_steps in (measure.min_steps, measure.min_steps - 1):
        differ = n_steps > 0 and np.ptp(measure.each(_short_trains(n_steps))) > 0
        wanted = n_steps == measure.min_steps
        contract.holds(
            differ == wanted, "min_steps",
            f"must be {'higher' if wanted else 'lower'} than {measure.min_steps}, because trains "
            f"of {n_steps} steps {'all have one value' if wanted else 'have different values'}")


def _short_trains(n_steps):
    """Return all trains of a few steps, or longer ones of up to 3 spikes and of different rates."""
    if n_steps <= N_EVERY:
        return np.array(list(itertools.product([0, 1], repeat=n_steps)), np.uint8)
    spikes = itertools.combinations_with_replacement(range(min(n_steps, 40)), 3)
    trains = np.zeros((math.comb(min(n_steps, 40) + 2, 3) + 1, n_steps), np.uint8)
    for train, steps in zip(trains, spikes, strict=False):
        train[list(steps)] = 1
    return np.concatenate([trains, rasters(np.linspace(0.1, 0.9, 100), 1, n_steps)[:, 0]])

"""Contract of a readout."""

import itertools

import numpy as np
from sklearn.base import clone

from .._networks import SNNClassifier
from ._contract import Demands, check_bad_values, check_dt, check_effects, rasters

LENGTHS = 1, 2, 7, 40, 1000
FEW = 40  # steps, below which all filters may be zero
MANY = 100  # filters, above which only their form is checked
SAME = 0.95  # cosine of filters that are the same function of time
INDEPENDENT = 1e-9  # smallest singular value of filters of norm 1, relative to the largest

demand = Demands()


def _filters(readout, n_steps=40, dt=1.0):
    """Return the filters of a readout."""
    readout = clone(readout)
    readout.check()
    return np.asarray(readout.filters(n_steps, dt))


@demand
def _bad_values_are_refused(contract):
    """Fit a network with bad values of the parameters."""
    check_bad_values(
        contract, lambda changed: SNNClassifier(4, readout=changed, max_iter=1, random_state=0),
        rasters([0.3] * 12, 4, 40), np.arange(12) % 3)


@demand
def _filters_are_finite(contract):
    """Check the filters of trains of any length and step, which are the same every time."""
    contract.raises_nothing("check", clone(contract.part).check)
    number = len(contract.raises_nothing("filters", _filters, contract.part))
    for n_steps, dt in itertools.product(LENGTHS, (0.1, 1.0, 50.0)):
        where = f"filters({n_steps}, {dt})"
        filters = contract.raises_nothing(where, _filters, contract.part, n_steps, dt)
        contract.holds(
            filters.shape == (number, n_steps), where,
            f"must be {number} filters of {n_steps} steps, got shape {filters.shape}")
        contract.holds(np.isfinite(filters).all(), where, "must be finite")
        contract.holds(
            n_steps < FEW or filters.any(), where,
            f"must not all be zero in a train of {FEW} steps or more")
        contract.same(
            _filters(contract.part, n_steps, dt), filters, where, "must be the same every time")


@demand
def _parameters_and_dt_act(contract):
    """Check that parameters change the filters, and `dt` as declared."""
    check_effects(contract, lambda part: part.check(), lambda part: [_filters(part)])
    check_dt(
        contract, lambda part, dt: part.check(), lambda part, dt: [_filters(part, dt=dt)],
        "filters", "the filters")


@demand
def _filters_end_at_the_same_part(contract):
    """Check the number of last steps in which all filters are zero."""
    ends = {
        n: int((~_filters(contract.part, n).any(axis=0))[::-1].argmin()) for n in range(40, 60)}
    n = max(ends, key=lambda n: abs(ends[n] - ends[40] / 40 * n))
    contract.holds(
        abs(ends[n] - ends[40] / 40 * n) <= 1, "filters",
        "must end at the same part of a train of any length, and all filters are zero in the last "
        f"{ends[40]} of 40 and the last {ends[n]} of {n} steps")


@demand
def _filters_differ(contract):
    """Check that no filter repeats others, and that filters are functions of time."""
    number = len(_filters(contract.part))
    if number > MANY:
        return
    n_steps = max(400, 40 * number)
    filters = _filters(contract.part, n_steps)
    fine = _filters(contract.part, 2 * n_steps, 0.5)
    where, norms = f"filters({n_steps}, 1.0)", np.linalg.norm(filters, axis=1)
    contract.holds(
        norms.all(), where, f"filters {np.flatnonzero(norms == 0).tolist()} are zero in all steps")
    units = filters / norms[:, None]
    products = np.abs(np.triu(units @ units.T, 1))
    k = np.unravel_index(products.argmax(), products.shape)
    contract.holds(
        products.max() < 1 - INDEPENDENT, where,
        f"filter {k[1]} is a multiple of filter {k[0]}, and its feature carries nothing new")
    sizes = np.linalg.svd(units, compute_uv=False)
    contract.holds(
        contract.part.redundant or sizes[-1] > INDEPENDENT * sizes[0], where,
        "a filter is a sum of multiples of others, and its feature carries nothing new. Change the "
        "filters, or set redundant = True if features may repeat others on purpose")
    coarse = fine.reshape(number, n_steps, 2).mean(axis=2)
    cosines = (coarse * units).sum(axis=1) / np.maximum(np.linalg.norm(coarse, axis=1), 1e-300)
    contract.holds(
        cosines.min() > SAME, where,
        f"must be the same functions of time as filters({2 * n_steps}, 0.5), and filter "
        f"{cosines.argmin()} is not. Scale it with n_steps, or with dt if it is in ms")

"""Contract of a readout."""

import numpy as np
from sklearn.base import clone

from .._networks import SNNClassifier
from ..readouts import Readout
from ._common import Contract, check_bad_values, check_parameters
from ._parameters import check_dt, check_effects

X = (np.random.default_rng(0).random((12, 4, 40)) < 0.3).astype(np.uint8)
Y = np.arange(12) % 3
FEW = 40  # steps, below which all filters may be zero
MANY = 100  # filters, above which only their form is checked
SAME = 0.95  # cosine of filters that are the same function of time
INDEPENDENT = 1e-9  # smallest singular value of filters of norm 1, relative to the largest


def check_readout(readout: Readout) -> None:
    """Check that a readout keeps its contract.

    Form: filters are finite, and their number does not depend on the length of a train. Bad values
    of each parameter are refused by name.

    Meaning: each parameter changes the filters, and `dt` does as ``uses_dt`` says. No filter is
    zero in long trains, or a sum of others unless the readout is ``redundant``, or a multiple of
    another. A filter is the same function of time for twice as many steps of half the length.

    Parameters
    ----------
    readout : Readout
        Object with the parameters to test. It is not changed.

    Raises
    ------
    AssertionError
        If the readout breaks the contract. The message names the class, the method and the fault.

    See Also
    --------
    skspike.readouts.Readout : Base class of the readouts.

    Examples
    --------
    >>> from skspike.readouts import Windows
    >>> from skspike.testing import check_readout
    >>> check_readout(Windows(3))
    """
    contract = Contract(readout, Readout)
    check_parameters(contract)
    check_bad_values(
        contract, lambda changed: SNNClassifier(4, readout=changed, max_iter=1, random_state=0), X,
        Y)
    checked = clone(readout)
    contract.raises_nothing("check", checked.check)
    number = len(contract.raises_nothing("filters", checked.filters, 40, 1.0))
    for n_steps in (1, 2, 7, 40, 1000):
        for dt in (0.1, 1.0, 50.0):
            filters = np.asarray(contract.raises_nothing("filters", checked.filters, n_steps, dt))
            where = f"filters({n_steps}, {dt})"
            contract.holds(
                filters.shape == (number, n_steps), where,
                f"must be {number} filters of {n_steps} steps, got shape {filters.shape}")
            contract.holds(np.isfinite(filters).all(), where, "must be finite")
            contract.holds(
                n_steps < FEW or filters.any(), where, "must not all be zero in a train of "
                f"{FEW} steps or more")
            contract.same(
                np.asarray(checked.filters(n_steps, dt)), filters, where,
                "must be the same every time")
    check_effects(contract, lambda part: part.check(), _filters)
    check_dt(contract, lambda part, dt: part.check(), _filters, "filters", "the filters")
    ends = {n: int((~checked.filters(n, 1.0).any(axis=0))[::-1].argmin()) for n in range(40, 60)}
    n = max(ends, key=lambda n: abs(ends[n] - ends[40] / 40 * n))
    contract.holds(
        abs(ends[n] - ends[40] / 40 * n) <= 1, "filters",
        "must end at the same part of a train of any length, and all filters are zero in the last "
        f"{ends[40]} of 40 and the last {ends[n]} of {n} steps")
    if number <= MANY:
        _check_independent(contract, checked, number)


def _filters(readout, dt=1.0):
    readout.check()
    return [np.asarray(readout.filters(40, dt))]


def _check_independent(contract, readout, number):
    """Check that no filter repeats others, and that filters are functions of time."""
    n_steps = max(400, 40 * number)
    filters, fine = readout.filters(n_steps, 1.0), readout.filters(2 * n_steps, 0.5)
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
        readout.redundant or sizes[-1] > INDEPENDENT * sizes[0], where,
        "a filter is a sum of multiples of others, and its feature carries nothing new. Change the "
        "filters, or set redundant = True if features may repeat others on purpose")
    coarse = fine.reshape(number, n_steps, 2).mean(axis=2)
    cosines = (coarse * units).sum(axis=1) / np.maximum(np.linalg.norm(coarse, axis=1), 1e-300)
    contract.holds(
        cosines.min() > SAME, where,
        f"must be the same functions of time as filters({2 * n_steps}, 0.5), and filter "
        f"{cosines.argmin()} is not. Scale it with n_steps, or with dt if it is in ms")

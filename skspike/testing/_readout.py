"""The contract of a readout."""

import numpy as np
from sklearn.base import clone

from ..readouts import Readout
from ..snn import SNNClassifier
from ._common import Contract, check_bad_values, check_parameters

X = (np.random.default_rng(0).random((12, 4, 40)) < 0.3).astype(np.uint8)
Y = np.arange(12) % 3


def check_readout(readout: Readout) -> None:
    """Check that a readout keeps its promises: filters of the right shape, finite, and as many whatever the length of a train.

    Parameters
    ----------
    readout : Readout
        An object with the parameters that are to be tested; it is not changed.

    Raises
    ------
    AssertionError
        If a promise is broken; the message names the class, the function and what is wrong.

    See Also
    --------
    skspike.readouts.Readout : Base of the readouts.

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
            shape = (
                f"must be {number} filters of {n_steps} steps, as for others, got shape "
                f"{filters.shape}")
            contract.holds(filters.shape == (number, n_steps), where, shape)
            contract.holds(np.isfinite(filters).all(), where, "must be finite")
            contract.holds(filters.any(), where, "must see something")
            contract.same(
                np.asarray(checked.filters(n_steps, dt)), filters, where,
                "must be the same every time")

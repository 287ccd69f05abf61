"""The contract of a complexity measure."""

import numpy as np
from sklearn.base import clone

from ..complexity import Measure
from ..rasters import LZCTransformer
from ._common import Contract, check_bad_values, check_parameters


def check_measure(measure: Measure) -> None:
    """Check that a complexity measure keeps its promises: a finite number that depends on a raster alone, and parameters that are checked.

    Series of one step are measured too, and channels that are measured together all count.

    Parameters
    ----------
    measure : Measure
        An object with the parameters that are to be tested; it is not changed.

    Raises
    ------
    AssertionError
        If a promise is broken; the message names the class, the function and what is wrong.

    See Also
    --------
    skspike.complexity.Measure : Base of the measures.

    Examples
    --------
    >>> from skspike.complexity import LZ76
    >>> from skspike.testing import check_measure
    >>> check_measure(LZ76())
    """
    contract = Contract(measure, Measure)
    check_parameters(contract)
    X = (np.random.default_rng(0).random((12, 4, 40)) < np.linspace(0.1, 0.9, 12)[:, None, None]).astype(np.uint8)
    X[0], X[1] = 0, 1
    for channels, normalize in (
            ("each", False), ("each", True), ("joint", False), ("joint", True), ("mean", True)):
        _check_features(
            contract, LZCTransformer(clone(measure), channels=channels, normalize=normalize), X)
    _check_sizes(contract, X)
    check_bad_values(contract, LZCTransformer, X)
    for name, value in measure.get_params(deep=False).items():
        estimator = LZCTransformer(clone(measure))
        contract.raises_nothing("set_params", estimator.set_params, **{f"measure__{name}": value})


def _check_sizes(contract, X):
    """Check that values are finite for series of any length, and that those of channels together depend on each of them."""
    measure = clone(contract.subject)
    for n_steps in (1, 2, 3, 1000):
        series = np.resize(X, (12, 4, n_steps))
        where = f"joint (of {n_steps} steps, with normalize=True)"
        with np.errstate(all="ignore"):
            contract.holds(
                np.isfinite(contract.raises_nothing(where, measure.joint, series, True)).all(),
                where, "must be finite")
    together = contract.raises_nothing("joint", measure.joint, X)
    for k in range(X.shape[1]):
        changed = X.copy()
        changed[:, k] = changed[::-1, k]
        seen = not np.array_equal(measure.joint(changed), together)
        contract.holds(
            seen, "values",
            f"must measure all channels of a raster together, and does not see channel {k}")


def _check_features(contract, estimator, X):
    """Check that features are finite, and those of a row depend on it alone."""
    where = (
        f"{'joint' if estimator.channels == 'joint' else 'each'} (with "
        f"normalize={estimator.normalize})")
    features = contract.raises_nothing(where, estimator.fit(X).transform, X)
    contract.holds(np.isfinite(features).all(), where, "must be finite for any raster")
    contract.holds(
        np.ptp(features, axis=0).all(), where, "must tell rasters of different rates apart")
    for rows in (*np.arange(len(X))[:, None], np.arange(len(X))[::-1], [5, 5, 0]):
        contract.same(
            estimator.transform(X[rows]), features[rows], where,
            "must not depend on the batch or the order")
    for given in (
            X.astype(float), X > 0, np.asfortranarray(X), np.repeat(X, 2, axis=-1)[..., ::2],
            X.tolist()):
        contract.same(
            estimator.transform(given), features, where,
            "must not depend on the type or layout of the input")

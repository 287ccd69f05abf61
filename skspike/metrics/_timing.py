"""Wall-clock time of calls with a single sample."""

import time
from typing import Any, NamedTuple

import numpy as np

from .._checks import SIZE_LIMITS, check_container, check_number

N_WARM_UP = 10  # untimed calls, which load the kernels and fill the caches


class CallTimes(NamedTuple):
    """Wall-clock time of calls with a single sample.

    Parameters
    ----------
    median, p95, p99 : float
        Percentiles 50, 95 and 99 of the time of a call, in ms.
    method : str
        Name of the method, ``"predict"`` or ``"transform"``.
    n_calls : int
        Number of calls.

    See Also
    --------
    latency : Measure it.

    Examples
    --------
    >>> from skspike.metrics import CallTimes
    >>> CallTimes(median=0.021, p95=0.024, p99=0.05, method="predict", n_calls=1000)
    CallTimes(median=0.021 ms, p95=0.024 ms, p99=0.05 ms; 1000 calls of predict)
    """

    median: float
    p95: float
    p99: float
    method: str
    n_calls: int

    def __repr__(self):
        times = ", ".join(
            f"{name}={getattr(self, name):.3g} ms" for name in ("median", "p95", "p99"))
        return f"CallTimes({times}; {self.n_calls} calls of {self.method})"


def latency(estimator: Any, X: Any, n_calls: int = 1000) -> CallTimes:
    """Measure the time that a fitted estimator or pipeline takes for a single sample.

    `predict` is called with one row of X at a time, in turn. Estimators without `predict` are
    timed by `transform`. Ten calls before the measurement are not counted.

    Parameters
    ----------
    estimator : estimator
        Any fitted estimator with `predict` or `transform`, including a Pipeline.
    X : array-like of shape (n_samples, ...)
        Input as in `fit`.
    n_calls : int, default=1000
        Number of timed calls. The 99th percentile needs some hundreds of them.

    Returns
    -------
    report : CallTimes
        Median, p95 and p99 in ms.

    Raises
    ------
    ValueError
        If the estimator has neither method, X has no rows, or `n_calls` is less than 1.

    See Also
    --------
    energy : Estimate the energy per sample.
    skspike.streams.Stream : Process a single sample step by step.
    skspike.coding.Latency : Spike times as a code, unrelated to the time of calls.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SNNClassifier
    >>> from skspike.metrics import latency
    >>> X, y = load_iris(return_X_y=True)
    >>> report = latency(SNNClassifier(8, max_iter=1, random_state=0).fit(X, y), X, n_calls=20)
    >>> report.median <= report.p95 <= report.p99
    True
    """
    n_calls = check_number(n_calls, "n_calls", **SIZE_LIMITS)
    method = next((name for name in ("predict", "transform") if hasattr(estimator, name)), None)
    if method is None:
        raise ValueError(
            f"latency expects an estimator with predict or transform, got {estimator!r}.")
    check_container(X, "latency")
    rows = [X[k : k + 1] for k in range(min(len(X), n_calls))]
    if not rows:
        raise ValueError("latency needs at least one row of X.")
    call = getattr(estimator, method)
    for k in range(N_WARM_UP):
        call(rows[k % len(rows)])
    times = np.empty(n_calls)
    for k in range(n_calls):
        start = time.perf_counter()
        call(rows[k % len(rows)])
        times[k] = time.perf_counter() - start
    median, p95, p99 = (1000 * np.percentile(times, (50, 95, 99))).tolist()
    return CallTimes(median, p95, p99, method, n_calls)

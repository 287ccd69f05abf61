"""Cost of models: memory, operations and energy in C, and the time of calls in Python."""

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._base import (
    SIZE_LIMITS, Array, Ragged, check_container, check_input, check_number, check_option)
from .._meta import filtered
from .._networks import SpikingRocket
from ..export import (
    EMULATED, PROCESSORS, Emulator, components_of, exported, memory_of, program_of,
    without_detector)
from ._operations import SynapticOperations, energy, synaptic_operations

# energy of an addition of 32-bit integers in pJ, from the source of `energy`
PJ_PER_INTEGER_AC = 0.1
NJ_PER_UJ = 1e3
N_WARM_UP = 10  # untimed calls, which load the kernels and fill the caches


class CSize(NamedTuple):
    """Memory, operations and energy of a network in C, as `c_size` describes them."""

    flash: int
    ram: int
    operations: SynapticOperations
    energy: float


def c_size(
        model: Any, X: Any, target: str = "cortex-m4", weights: str = "float32", *,
        adapt_penalty: float | None = None) -> CSize:
    """Return the memory, operations and energy of a network as C code on a microcontroller.

    The model is exported by `skspike.export.to_c` and compiled for size by ziglang, with the
    functions of the compiler that it needs. Nothing is written to your folders.

    Parameters
    ----------
    model : SNNClassifier, SNNRegressor, SNNTransformer, LZCClassifier, SpikeTrainClassifier, \
EarlyClassifier, RejectingClassifier, EventDetector or sklearn.pipeline.Pipeline
        A fitted model that `skspike.export.to_c` can export.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
        Input, as in `fit`, on which operations are counted. Samples may have other lengths than in
        `fit`.
    target : {"cortex-m0+", "cortex-m4", "cortex-m7", "riscv32", "riscv32f"}, default="cortex-m4"
        Processor. Cortex-M4 and M7 and "riscv32f" have a floating-point unit, the others compute
        floats in software.
    weights : {"float32", "int16", "int8"}, default="float32"
        Type of the weights.
    adapt_penalty : float or None, default=None
        Penalty of a readout that adapts, as in `skspike.export.to_c`.

    Returns
    -------
    size : CSize
        A named tuple: ``flash``, the bytes of code and constants, ``ram``, the bytes of variables
        without the stack, ``operations``, the mean `SynapticOperations` of a time step of X, and
        ``energy``, the estimated energy of the operations of encoder and synapses in a step in nJ.

    Raises
    ------
    ImportError
        If ziglang is not installed, which the extra ``export`` adds.
    ValueError
        If the model cannot be exported, or a parameter is outside its range.

    See Also
    --------
    c_instructions : Instructions of each step, in an emulator.
    synaptic_operations : Counts operations per sample.
    latency : Time of calls in Python.

    Notes
    -----
    The energy is an estimate, the operations times constants for 45 nm technology, as in `energy`.
    With integer weights an accumulate of the network is an addition of integers, 0.1 pJ [1]_. The
    operations of the encoder are divided by the mean number of steps. Left out are neurons and
    memory, which take most of the energy of a microcontroller.

    A `skspike.SpikingRocket` multiplies a value of the series by each weight in each step. Its
    standardisation and the linear model are not counted. Nor are the operations of a
    `skspike.SpikeTrainClassifier` and of complexity.

    References
    ----------
    .. [1] M. Horowitz, "Computing's energy problem (and what we can do about it)", IEEE
        International Solid-State Circuits Conference (ISSCC), 10-14, 2014.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.inspection import c_size
    >>> X, y = make_order(100, random_state=0)
    >>> classifier = SNNClassifier(8, max_iter=2, random_state=0).fit(X, y)
    >>> c_size(classifier, X, weights="int8").flash < 10_000  # doctest: +SKIP
    True
    """
    check_option(target, "target", tuple(PROCESSORS))
    flash, ram = memory_of(program_of(model, target, weights, "c_size", adapt_penalty))
    inner, detector = without_detector(model)
    if detector is not None:
        X = [filtered(detector, np.asarray(x, float)) for x in X]
    encoder, network, reader, _ = components_of(inner)
    n_steps = _mean_steps(encoder or network or reader, X)
    operations = _operations_of_a_step(encoder, network, reader, X, n_steps)
    pj_per_ac = {} if weights == "float32" else {"pj_per_ac": PJ_PER_INTEGER_AC}
    used = energy(operations, **pj_per_ac)
    if encoder is not None:
        used += energy(synaptic_operations(encoder, X)) / n_steps
    return CSize(flash, ram, operations, NJ_PER_UJ * used)


def c_instructions(
        model: Any, X: ArrayLike, target: str = "cortex-m4", weights: str = "float32") -> Array:
    """Count the instructions of each time step of a network as C code on a microcontroller.

    The model is exported by `skspike.export.to_c`, compiled for size by ziglang, and run on samples
    in an emulator. A processor of 64 MHz that takes a few cycles for an instruction carries out
    some 30 million of them in a second. So 25,000 instructions take about a millisecond.

    Parameters
    ----------
    model : SNNClassifier, SNNRegressor, SNNTransformer, LZCClassifier, SpikeTrainClassifier, \
EarlyClassifier, RejectingClassifier, EventDetector or sklearn.pipeline.Pipeline
        A fitted model that `skspike.export.to_c` can export.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Samples of equal length, as in `fit`. One or a few are enough.
    target : {"cortex-m0+", "cortex-m4", "riscv32"}, default="cortex-m4"
        Processor. Cortex-M4 has a floating-point unit, the others compute floats in software.
    weights : {"float32", "int16", "int8"}, default="float32"
        Type of the weights.

    Returns
    -------
    counts : ndarray of shape (n_samples, n_steps)
        Instructions of ``net_step`` in each step.

    Raises
    ------
    ImportError
        If ziglang or unicorn is not installed, which the extras ``export`` and ``emulator`` add.
    ValueError
        If the model cannot be exported, samples have unequal lengths, or a parameter is outside its
        range.

    See Also
    --------
    c_size : Memory, operations and energy.
    latency : Time of calls in Python.

    Notes
    -----
    The number depends on the version of the compiler, and not on a board. ``net_scores``
    and ``net_predict`` are not counted.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_order
    >>> from skspike.inspection import c_instructions
    >>> X, y = make_order(100, random_state=0)
    >>> classifier = SNNClassifier(8, max_iter=2, random_state=0).fit(X, y)
    >>> counts = c_instructions(classifier, X[:2], weights="int8")  # doctest: +SKIP
    >>> counts.shape, counts.max() < 10_000  # doctest: +SKIP
    ((2, 250), True)
    """
    check_option(target, "target", EMULATED)
    interface = exported(model, "net", weights).interface
    encoder, network, reader, _ = components_of(without_detector(model)[0])
    X = check_input(encoder or network or reader, X, reset=False)
    if isinstance(X, Ragged):
        raise ValueError(
            f"c_instructions needs samples of equal length, got lengths {X.lengths.tolist()}. Pass "
            "samples of one length.")
    rows = interface.rows(X)
    if interface.held:
        rows = np.repeat(rows, interface.n_steps or 0, axis=1)
    emulator = Emulator(program_of(model, target, weights, "c_instructions"), "c_instructions")
    return np.array([emulator.instructions(sample) for sample in rows])


def _operations_of_a_step(encoder, network, reader, X, n_steps):
    """Return the mean operations of the parts of a model after the encoder, in a step."""
    if isinstance(reader, SpikingRocket):
        weights_of = [group.weights for group in reader.groups_]
        return SynapticOperations(
            0.0, float(sum(map(np.count_nonzero, weights_of))),
            float(sum(part.size for part in weights_of)))
    if network is None:
        return SynapticOperations(0.0, 0.0, 0.0)
    # the encoder may be a step of a pipeline
    inputs = X if encoder is network.encoder_ else encoder.transform(X)
    return SynapticOperations(
        *(count / n_steps for count in synaptic_operations(network, inputs)))


def _mean_steps(first, X):
    """Return the mean number of steps of samples of X in the first part of a model."""
    X = check_input(first, X, reset=False)
    if isinstance(X, Ragged):
        return float(X.lengths.mean())
    # no exported encoder changes the length of series
    return X.shape[2] if X.ndim == 3 else getattr(first, "n_steps_", X.shape[1])


class CallTimes(NamedTuple):
    """Wall-clock time of calls with a single sample, as `latency` describes it."""

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
        A named tuple: ``median``, ``p95`` and ``p99``, percentiles of the time of a call in ms,
        ``method``, the name of the method, and ``n_calls``.

    Raises
    ------
    ValueError
        If the estimator has neither method, X has no rows, or `n_calls` is less than 1.

    See Also
    --------
    energy : Estimate the energy per sample.
    skspike.Stream : Process a single sample step by step.
    skspike.coding.Latency : Spike times as a code, unrelated to the time of calls.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SNNClassifier
    >>> from skspike.inspection import latency
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

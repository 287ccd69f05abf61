"""Memory, operations and energy of exported C code."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Ragged, check_input, check_option
from .._estimators import SpikingRocket
from ..export import PROCESSORS, components_of, memory_of, program_of
from ._operations import SynapticOperations, encoder_operations, energy, synaptic_operations

# energy of an addition of 32-bit integers in pJ, from the source of `energy`
PJ_PER_INTEGER_AC = 0.1
NJ_PER_UJ = 1e3


class CSize(NamedTuple):
    """Memory, operations and energy of a network in C.

    Parameters
    ----------
    flash : int
        Bytes of code and constants.
    ram : int
        Bytes of variables, without the stack.
    operations : SynapticOperations
        Mean synaptic operations of a time step.
    energy : float
        Energy of the operations of the encoder and the synapses in a step in nJ, estimated.

    See Also
    --------
    c_size : Computes it.

    Examples
    --------
    >>> from skspike.metrics import CSize, SynapticOperations
    >>> size = CSize(11_000, 900, SynapticOperations(1000.0, 0.0, 8000.0), 0.1)
    >>> size.flash / 1000
    11.0
    """

    flash: int
    ram: int
    operations: SynapticOperations
    energy: float


def c_size(
        model: Any, X: ArrayLike, target: str = "cortex-m4", weights: str = "float32", *,
        adapt_penalty: float | None = None) -> CSize:
    """Return the memory, operations and energy of a network as C code on a microcontroller.

    The model is exported by `skspike.export.to_c` and compiled for size by ziglang, with the
    functions of the compiler that it needs. Nothing is written to your folders.

    Parameters
    ----------
    model : SNNClassifier, SNNRegressor, SNNTransformer, LZCClassifier, SpikeTrainClassifier, \
EarlyClassifier or sklearn.pipeline.Pipeline
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
        Memory, and mean operations and energy per time step of X.

    Raises
    ------
    ImportError
        If ziglang is not installed, which the extra ``export`` adds.
    ValueError
        If the model cannot be exported, or a parameter is outside its range.

    See Also
    --------
    synaptic_operations : Counts operations per sample.
    encoder_operations : Counts the operations of an encoder.
    footprint : Size of the parameters in Python.

    Notes
    -----
    The energy is an estimate, the operations times constants for 45 nm technology, as in `energy`.
    With integer weights an accumulate of the network is an addition of integers, 0.1 pJ [1]_. The
    operations of the encoder (`encoder_operations`) are divided by the mean number of steps. Left
    out are neurons and memory, which take most of the energy of a microcontroller.

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
    >>> from skspike.metrics import c_size
    >>> X, y = make_order(100, random_state=0)
    >>> classifier = SNNClassifier(8, max_iter=2, random_state=0).fit(X, y)
    >>> c_size(classifier, X, weights="int8").flash < 10_000  # doctest: +SKIP
    True
    """
    check_option(target, "target", tuple(PROCESSORS))
    flash, ram = memory_of(program_of(model, target, weights, "c_size", adapt_penalty))
    encoder, network, reader, _ = components_of(model)
    n_steps = _mean_steps(encoder or network or reader, X)
    operations = SynapticOperations(0.0, 0.0, 0.0)
    if isinstance(reader, SpikingRocket):
        weights_of = [group.weights for group in reader.groups_]
        operations = SynapticOperations(
            0.0, float(sum(map(np.count_nonzero, weights_of))),
            float(sum(part.size for part in weights_of)))
    elif network is not None:
        # the encoder may be a step of a pipeline
        inputs = X if encoder is network.encoder_ else encoder.transform(X)
        per_sample = synaptic_operations(network, inputs)
        operations = SynapticOperations(*(count / n_steps for count in per_sample))
    pj_per_ac = {} if weights == "float32" else {"pj_per_ac": PJ_PER_INTEGER_AC}
    used = energy(operations, **pj_per_ac)
    if encoder is not None:
        used += energy(encoder_operations(encoder, X)) / n_steps
    return CSize(flash, ram, operations, NJ_PER_UJ * used)


def _mean_steps(first, X):
    """Return the mean number of steps of samples of X in the first part of a model."""
    X = check_input(first, X, reset=False)
    if isinstance(X, Ragged):
        return float(X.lengths.mean())
    # no exported encoder changes the length of series
    return X.shape[2] if X.ndim == 3 else getattr(first, "n_steps_", X.shape[1])

"""Synaptic operations, and an estimate of the energy that they take.

    effective   number of nonzero inputs times nonzero weights, summed over steps
                accumulates (ACs) where a layer's inputs are all -1, 0 or 1, else
                multiply-accumulates (MACs)
    dense       number of inputs times weights, summed over steps
    energy      ACs and MACs, each times its picojoules
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import check_number
from ..snn import SpikingNetwork, checked, run
from ._network import check_network, layer_activity

PJ_PER_UJ = 1e6
LOT = 100  # samples that are encoded at a time


class SynapticOperations(NamedTuple):
    """Synaptic operations per sample.

    Parameters
    ----------
    acs : float
        Effective accumulates: a spike adds a weight.
    macs : float
        Effective multiply-accumulates: a weight is multiplied by a number first.
    dense : float
        Operations if zeros were not skipped.

    See Also
    --------
    synaptic_operations : Counts them.
    energy : What they take.

    Examples
    --------
    >>> from skspike.metrics import SynapticOperations
    >>> operations = SynapticOperations(acs=2e5, macs=0.0, dense=1e6)
    >>> operations.acs / operations.dense
    0.2
    """

    acs: float
    macs: float
    dense: float


def synaptic_operations(estimator: SpikingNetwork, X: ArrayLike) -> SynapticOperations:
    """Count the synaptic operations of a fitted network, as means per sample.

    The definitions are those of NeuroBench [1]_, and the numbers those of its package: an effective
    operation is a nonzero input that meets a nonzero weight in one step; the input layer counts,
    biases do not. A layer's operations are accumulates (ACs) where all of its inputs are -1, 0 or
    1, as spikes are, and otherwise multiply-accumulates (MACs), as those of constant currents,
    which count anew at every step. In a recurrent layer each spike meets the recurrent weights too,
    one step later. The readout of an SNNClassifier multiplies what it reads (spike counts) by its
    coefficients once per sample. Its standardisation is taken as folded into coefficients and
    intercept.

    Parameters
    ----------
    estimator : SNNTransformer or SNNClassifier
        A fitted network.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input of the kind seen in its `fit`. What an `encoder` does to it is not counted.

    Returns
    -------
    operations : SynapticOperations
        `acs`, `macs` and `dense`, floats per sample.

    Raises
    ------
    ValueError
        If the estimator is none of these or not fitted, or X does not fit it.

    See Also
    --------
    energy : An estimate of the energy that the operations take.

    Notes
    -----
    These are the operations that an event-driven machine could not avoid. This package does the
    same number for spikes, but adds up constant currents only once per sample. The package of
    NeuroBench decides between ACs and MACs batch by batch, here it is decided on all of X.

    References
    ----------
    .. [1] J. Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
        algorithms and systems", Nature Communications 16, 1545, 2025.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.metrics import synaptic_operations
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> operations = synaptic_operations(SNNTransformer(8, rule=None, random_state=0).fit(X), X)
    >>> operations.macs, operations.dense
    (0.0, 4000.0)
    >>> bool(operations.acs == 8 * X.sum() / 20)
    True
    """
    estimator = check_network(estimator, "synaptic_operations")
    X = checked(estimator, X)
    layers = run(
        estimator, X, lambda network, events: _by_weights(estimator.rule_, network, events)).mean(
        axis=0)
    graded = [_multiplies(estimator.encoder_, X)] + [False] * (len(layers) - 1)
    if hasattr(estimator, "readout_coef_"):
        read = run(estimator, X, estimator.rule_.respond)
        effective = (read != 0) @ np.count_nonzero(estimator.readout_coef_, axis=1)
        layers = np.vstack([layers, [effective.mean(), estimator.readout_coef_.size]])
        graded.append(_graded(read))
    effective, dense = layers.T
    macs = float(effective[graded].sum())
    return SynapticOperations(float(effective.sum()) - macs, macs, float(dense.sum()))


def _by_weights(rule, network, events):
    """Return the effective and dense operations of each sample at each matrix of weights, (n_samples, n_matrices, 2)."""
    counts = []
    for layer, inputs, raster in layer_activity(rule, network, events):
        met = [(inputs.activity(), layer.layers[0].weights)]
        if layer.layers[0].recurrent is not None:
            # the spikes of the last step reach nobody
            met.append((raster[:, :, :-1].sum(axis=2), layer.layers[0].recurrent))
        for active, weights in met:
            effective = active @ np.count_nonzero(weights, axis=1)
            counts.append(
                np.stack([effective, np.full(len(raster), inputs.n_steps * weights.size)], axis=1))
    return np.stack(counts, axis=1)


def _multiplies(encoder, X):
    """Tell whether weights meet other numbers than -1, 0 and 1 in checked input, or in what the encoder makes of it."""
    if encoder is None:
        return _graded(X)
    return encoder.coding_.graded and any(
        _graded(encoder.transform(X[k : k + LOT])) for k in range(0, len(X), LOT))


def _graded(values):
    """Tell whether inputs are numbers that a weight must be multiplied with."""
    return not np.isin(values, (-1, 0, 1)).all()


def energy(
        operations: SynapticOperations, pj_per_ac: float = 0.9, pj_per_mac: float = 4.6) -> float:
    """Estimate the energy that effective synaptic operations take, in microjoule per sample.

    This is an estimate, never a measurement: operations times stated constants. It knows of no
    memory access, no neuron update, no leakage and no encoder, which on real machines take most of
    the energy. Use it to compare networks under the same constants.

    Parameters
    ----------
    operations : SynapticOperations
        What `synaptic_operations` returns; of another model, give its numbers as
        ``SynapticOperations(acs, macs, dense)``.
    pj_per_ac : float, default=0.9
        Energy of an accumulate in pJ. The default is an addition of 32-bit floats in 45 nm
        technology [1]_.
    pj_per_mac : float, default=4.6
        Energy of a multiply-accumulate in pJ. The default is that addition and a multiplication,
        0.9 + 3.7 pJ.

    Returns
    -------
    energy : float
        Estimated energy in microjoule per sample.

    Raises
    ------
    TypeError
        If `operations` are not SynapticOperations.
    ValueError
        If a constant is negative.

    See Also
    --------
    synaptic_operations : Counts the operations.
    membrane_updates : What it leaves out.

    References
    ----------
    .. [1] M. Horowitz, "Computing's energy problem (and what we can do about it)", IEEE
        International Solid-State Circuits Conference (ISSCC), 10-14, 2014.

    Examples
    --------
    >>> from skspike.metrics import SynapticOperations, energy
    >>> energy(SynapticOperations(acs=1e6, macs=0.0, dense=5e6))
    0.9
    """
    if not isinstance(operations, SynapticOperations):
        raise TypeError(
            "energy expects the SynapticOperations that synaptic_operations returns, got "
            f"{operations!r}.")
    pj_per_ac = check_number(pj_per_ac, "pj_per_ac", low=0)
    pj_per_mac = check_number(pj_per_mac, "pj_per_mac", low=0)
    return (operations.acs * pj_per_ac + operations.macs * pj_per_mac) / PJ_PER_UJ

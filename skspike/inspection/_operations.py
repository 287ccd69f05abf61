"""Operations of networks and encoders, and an estimate of their energy.

    effective   number of nonzero inputs times nonzero weights, summed over steps.
                Accumulates (ACs) if all inputs of a layer are -1, 0 or 1,
                otherwise multiply-accumulates (MACs)
    dense       number of synapses, summed over steps. A shared weight makes several
    energy      ACs and MACs, each times its energy in pJ

An encoder multiplies each scaled value: features once, series in every step. It accumulates in each
sum or comparison of a step.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._base import Ragged, check_input, check_number, entries, snapshot
from .._networks import SpikingNetwork, checked, run
from ..coding import SpikeEncoder
from ..simulation import from_raster

PJ_PER_UJ = 1e6
N_ENCODED = 100  # samples that are encoded at a time
OPPOSITE = "more", "fewer"  # effects of a higher value on two channels that share a sum


class SynapticOperations(NamedTuple):
    """Operations per sample.

    Parameters
    ----------
    acs : float
        Effective accumulates, which add a weight.
    macs : float
        Effective multiply-accumulates, which multiply a weight by a number and add the product.
    dense : float
        Operations if inputs and weights of zero are not skipped.

    See Also
    --------
    synaptic_operations : Count them.
    energy : Estimate the energy that they take.

    Examples
    --------
    >>> from skspike.inspection import SynapticOperations
    >>> operations = SynapticOperations(acs=2e5, macs=0.0, dense=1e6)
    >>> operations.acs / operations.dense
    0.2
    """

    acs: float
    macs: float
    dense: float


def synaptic_operations(
        estimator: SpikingNetwork | SpikeEncoder, X: ArrayLike) -> SynapticOperations:
    """Count the operations of a fitted network or encoder, as means per sample.

    An effective operation of a network is a nonzero input times a nonzero weight in one step. The
    input layer is included, biases are not. A weight of a `skspike.Convolution` counts for each
    neuron that receives the input. The operations of a layer are accumulates (ACs) if all of its
    inputs are -1, 0 or 1, as spikes are. Otherwise they are multiply-accumulates (MACs). Constant
    currents count in every step. In a recurrent layer, each spike is also multiplied by the
    recurrent weights one step later. The readout of an SNNClassifier multiplies its features (spike
    counts) by its coefficients once per sample. Its standardisation is assumed to be folded into
    coefficients and intercept. The definitions are from NeuroBench [1]_, and the numbers equal the
    results of its package.

    An encoder multiplies each value by a factor and adds an offset, a MAC: features once, and
    series in every step. In each step, each output channel then takes an addition or a comparison,
    an AC. The two channels for high and low values of integrate-and-fire and delta coding share one
    sum, and count once. Currents of constant features count in one step. Random numbers, the
    exponentials of population coding, interpolation and missing values are not counted.

    Parameters
    ----------
    estimator : SNNTransformer, SNNClassifier, SNNRegressor or SpikeEncoder
        A fitted network or encoder. The encoder inside a network is not counted with the network:
        pass its attribute `encoder_`, and add the energy of both.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features), or list
        Input as in `fit`.

    Returns
    -------
    operations : SynapticOperations
        `acs`, `macs` and `dense`, floats per sample.

    Raises
    ------
    ValueError
        If the estimator is not a fitted network or encoder, or X does not fit it.

    See Also
    --------
    energy : Estimate the energy that the operations take.

    Notes
    -----
    These are the operations that event-driven hardware cannot avoid. This package performs the same
    number for spikes, but sums constant currents only once per sample. The NeuroBench package
    chooses ACs or MACs for each batch. Here the choice depends on all of X.

    References
    ----------
    .. [1] J. Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
        algorithms and systems", Nature Communications 16, 1545, 2025.

    Examples
    --------
    >>> from skspike import SNNTransformer, SpikeEncoder
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import synaptic_operations
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> operations = synaptic_operations(SNNTransformer(8, rule=None, random_state=0).fit(X), X)
    >>> operations.macs, operations.dense
    (0.0, 4000.0)
    >>> bool(operations.acs == 8 * X.sum() / 20)
    True
    >>> series = [[[0.0, 1.0, 2.0, 3.0]]]
    >>> synaptic_operations(SpikeEncoder("thermometer").fit(series), series)
    SynapticOperations(acs=32.0, macs=4.0, dense=36.0)
    """
    if isinstance(estimator, SpikeEncoder):
        return _encoder_operations(estimator, X)
    if not hasattr(estimator, "learn_intrinsic"):
        raise ValueError(
            "synaptic_operations expects a fitted SNNTransformer, SNNClassifier, SNNRegressor or "
            f"SpikeEncoder, got {estimator!r}. Of a Pipeline, pass the network step, and as X the "
            "output of the steps before it.")
    check_is_fitted(estimator, "weights_")
    estimator = snapshot(estimator)
    found = checked(estimator, X)

    def count(network, events):
        return _operations_by_weights(estimator.rule_, network, events)

    operations = run(estimator, found, count).mean(axis=0)
    is_mac = [_needs_multiplication(estimator.encoder_, found.X)] + [False] * (len(operations) - 1)
    if hasattr(estimator, "decoder_coef_"):
        features = run(estimator, found, estimator.rule_.respond)
        effective = (features != 0) @ np.count_nonzero(estimator.decoder_coef_, axis=1)
        operations = np.vstack([operations, [effective.mean(), estimator.decoder_coef_.size]])
        is_mac.append(_multiplies(features))
    effective, dense = operations.T
    macs = float(effective[is_mac].sum())
    return SynapticOperations(float(effective.sum()) - macs, macs, float(dense.sum()))


def _operations_by_weights(rule, network, events):
    """Return effective and dense operations, shape (n_samples, n_weight_matrices, 2)."""
    counts = []
    for single, inputs, raster in layer_activity(rule, network, events):
        layer = single.layers[0]
        # a shared weight is counted for each pair of an input and a neuron that it connects
        n_nonzero, ones = map(layer.layout.synapses, (layer.weights, np.ones(layer.layout.shape)))
        synapses = [(inputs.activity(), n_nonzero, ones.sum())]
        if layer.recurrent is not None:
            # spikes of the last step have no next step
            activity = raster[:, :, :-1].sum(axis=2)
            n_nonzero = np.count_nonzero(layer.recurrent, axis=1)
            synapses.append((activity, n_nonzero, layer.recurrent.size))
        for activity, n_nonzero, n_synapses in synapses:
            dense = np.full(len(raster), inputs.n_steps * n_synapses)
            counts.append(np.stack([activity @ n_nonzero, dense], axis=1))
    return np.stack(counts, axis=1)


def layer_activity(rule, network, events):
    """Yield each layer as a single-layer network, with its input events and its output raster."""
    for layer in network.singles():
        raster = rule.run(layer, events)
        yield layer, events, raster
        events = from_raster(raster)


def _needs_multiplication(encoder, X):
    """Return whether the first layer receives values other than -1, 0 and 1."""
    if encoder is None:
        return _multiplies(entries(X))
    return encoder.coding_.returns_currents and any(
        any(map(_multiplies, encoder.transform(X[k : k + N_ENCODED])))
        for k in range(0, len(X), N_ENCODED))


def _multiplies(values):
    """Return whether any value is not -1, 0 or 1."""
    return not np.isin(values, (-1, 0, 1)).all()


def _encoder_operations(encoder, X):
    """Count the operations of a fitted encoder, which do not depend on the values."""
    check_is_fitted(encoder)
    encoder = snapshot(encoder)
    X = check_input(encoder, X, reset=False)
    # mean number of values of a channel, and of steps with another output
    n_values = np.mean(X.lengths) if isinstance(X, Ragged) else X[0, 0].size
    is_held = X.ndim == 2 and encoder.coding_.holds
    n_steps = n_values if is_held or encoder.n_steps_ is None else encoder.n_steps_
    shared = 2 if encoder.coding_.higher_means == OPPOSITE else 1
    n_sums = X.shape[1] * encoder.coding_.channels_per_feature / shared
    acs, macs = float(n_sums * n_steps), float(X.shape[1] * n_values)
    return SynapticOperations(acs, macs, acs + macs)


def energy(
        operations: SynapticOperations, pj_per_ac: float = 0.9, pj_per_mac: float = 4.6) -> float:
    """Estimate the energy that effective synaptic operations take, in microjoules per sample.

    This is an estimate, not a measurement: operations times constants. It leaves out memory access,
    neuron updates and leakage, which take most of the energy of real hardware. Use it to compare
    networks under the same constants. Add the energy of the encoder to that of the network.

    Parameters
    ----------
    operations : SynapticOperations
        Result of `synaptic_operations`. For a model outside this package, pass
        ``SynapticOperations(acs, macs, dense)``.
    pj_per_ac : float, default=0.9
        Energy of an accumulate in pJ, at least 0. The default is an addition of 32-bit floats in 45
        nm technology [1]_.
    pj_per_mac : float, default=4.6
        Energy of a multiply-accumulate in pJ, at least 0. The default is the same addition and a
        multiplication, 0.9 + 3.7 pJ.

    Returns
    -------
    energy : float
        Estimated energy in microjoules per sample.

    Raises
    ------
    TypeError
        If `operations` is not a SynapticOperations.
    ValueError
        If a constant is negative.

    See Also
    --------
    synaptic_operations : Count the operations of a network or an encoder.

    References
    ----------
    .. [1] M. Horowitz, "Computing's energy problem (and what we can do about it)", IEEE
        International Solid-State Circuits Conference (ISSCC), 10-14, 2014.

    Examples
    --------
    >>> from skspike.inspection import SynapticOperations, energy
    >>> energy(SynapticOperations(acs=1e6, macs=0.0, dense=5e6))
    0.9
    """
    if not isinstance(operations, SynapticOperations):
        raise TypeError(
            f"operations must be the result of synaptic_operations, got {operations!r}.")
    pj_per_ac = check_number(pj_per_ac, "pj_per_ac", low=0)
    pj_per_mac = check_number(pj_per_mac, "pj_per_mac", low=0)
    return (operations.acs * pj_per_ac + operations.macs * pj_per_mac) / PJ_PER_UJ

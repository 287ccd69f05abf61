"""Synaptic operations, updates of membranes, operations of encoders, and an estimate of energy.

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

from .._checks import Ragged, check_input, check_number, entries
from .._estimators import SpikeEncoder
from .._networks import SpikingNetwork, checked, run
from .._utils import snapshot
from ..learning import Rule
from ..simulation import membrane_after
from ._network import check_network, layer_activity

PJ_PER_UJ = 1e6
N_ENCODED = 100  # samples that are encoded at a time
OPPOSITE = "more", "fewer"  # effects of a higher value on two channels that share a sum


class SynapticOperations(NamedTuple):
    """Synaptic operations per sample.

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

    An effective operation is a nonzero input times a nonzero weight in one step. The input layer is
    included, biases are not. A weight of a `skspike.Convolution` counts for each neuron that
    receives the input. The operations of a layer are accumulates (ACs) if all of its inputs are -1,
    0 or 1, as spikes are. Otherwise they are multiply-accumulates (MACs). Constant currents
    count in every step. In a recurrent layer, each spike is also multiplied by the recurrent
    weights one step later. The readout of an SNNClassifier multiplies its features (spike counts)
    by its coefficients once per sample. Its standardisation is assumed to be folded into
    coefficients and intercept. The definitions are from NeuroBench [1]_, and the numbers equal the
    results of its package.

    Parameters
    ----------
    estimator : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input as in `fit`. Operations of the `encoder` are not counted, see `encoder_operations`.

    Returns
    -------
    operations : SynapticOperations
        `acs`, `macs` and `dense`, floats per sample.

    Raises
    ------
    ValueError
        If the estimator is not a fitted network, or X does not fit it.

    See Also
    --------
    encoder_operations : Count the operations of the encoder.
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

    def count(network, events):
        return _operations_by_weights(estimator.rule_, network, events)

    operations = run(estimator, X, count).mean(axis=0)
    is_mac = [_needs_multiplication(estimator.encoder_, X)] + [False] * (len(operations) - 1)
    if hasattr(estimator, "decoder_coef_"):
        features = run(estimator, X, estimator.rule_.respond)
        effective = (features != 0) @ np.count_nonzero(estimator.decoder_coef_, axis=1)
        operations = np.vstack([operations, [effective.mean(), estimator.decoder_coef_.size]])
        is_mac.append(_multiplies(features))
    effective, dense = operations.T
    macs = float(effective[is_mac].sum())
    return SynapticOperations(float(effective.sum()) - macs, macs, float(dense.sum()))


def _operations_by_weights(rule, network, events):
    """Return effective and dense operations, shape (n_samples, n_weight_matrices, 2)."""
    counts = []
    for layer, inputs, raster in layer_activity(rule, network, events):
        synapses = [(inputs.activity(), *_synapses(layer.layers[0]))]
        recurrent = layer.layers[0].recurrent
        if recurrent is not None:
            # spikes of the last step have no next step
            activity = raster[:, :, :-1].sum(axis=2)
            synapses.append((activity, np.count_nonzero(recurrent, axis=1), recurrent.size))
        for activity, n_nonzero, n_synapses in synapses:
            dense = np.full(len(raster), inputs.n_steps * n_synapses)
            counts.append(np.stack([activity @ n_nonzero, dense], axis=1))
    return np.stack(counts, axis=1)


def _synapses(layer):
    """Return the number of nonzero weights of each input of a layer, and the number of synapses.

    A shared weight is counted for each pair of an input and a neuron that it connects.
    """
    layout = layer.layout
    return layout.synapses(layer.weights), layout.synapses(np.ones(layout.shape)).sum()


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


def energy(
        operations: SynapticOperations, pj_per_ac: float = 0.9, pj_per_mac: float = 4.6) -> float:
    """Estimate the energy that effective synaptic operations take, in microjoules per sample.

    This is an estimate, not a measurement: operations times constants. It leaves out memory access,
    neuron updates and leakage, which take most of the energy of real hardware. Use it to compare
    networks under the same constants. Add the energy of the encoder to that of the network.

    Parameters
    ----------
    operations : SynapticOperations
        Result of `synaptic_operations` or `encoder_operations`. For a model outside this package,
        pass ``SynapticOperations(acs, macs, dense)``.
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
    synaptic_operations : Count the operations of a network.
    encoder_operations : Count the operations of an encoder.
    membrane_updates : Count the updates of neurons, which the estimate leaves out.

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
            f"operations must be the result of synaptic_operations, got {operations!r}.")
    pj_per_ac = check_number(pj_per_ac, "pj_per_ac", low=0)
    pj_per_mac = check_number(pj_per_mac, "pj_per_mac", low=0)
    return (operations.acs * pj_per_ac + operations.macs * pj_per_mac) / PJ_PER_UJ


def membrane_updates(estimator: SpikingNetwork, X: ArrayLike) -> float:
    """Count the updates of membrane potentials in a fitted network, as a mean per sample.

    An update is a change of a neuron's potential from one step to the next, both taken after the
    reset. The first step always counts. This is the definition of the NeuroBench package [1]_. A
    neuron at rest without input is not updated. A neuron that spikes in two consecutive steps and
    is reset to the same value is not updated either.

    Parameters
    ----------
    estimator : SNNTransformer, SNNClassifier or SNNRegressor
        A fitted network.
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input as in `fit`.

    Returns
    -------
    updates : float
        Updates per sample, at most the number of neurons times the number of steps.

    Raises
    ------
    ValueError
        If the estimator is not a fitted network, X does not fit it, or its rule makes neurons
        compete, as STDP does. Membranes of competing neurons are not recorded.

    See Also
    --------
    synaptic_operations : Count the operations at the synapses.

    References
    ----------
    .. [1] J. Yik et al., "The NeuroBench framework for benchmarking neuromorphic computing
        algorithms and systems", Nature Communications 16, 1545, 2025.

    Examples
    --------
    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.metrics import membrane_updates
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> network = SNNTransformer(8, rule=None, random_state=0).fit(X)
    >>> 8 <= membrane_updates(network, X) <= 8 * 50
    True
    """
    estimator = check_network(estimator, "membrane_updates")
    if type(estimator.rule_).run is not Rule.run:
        raise ValueError(
            "membrane_updates needs a rule that runs feed-forward layers, got "
            f"{type(estimator.rule_).__name__}, which has its own run. Use synaptic_operations and "
            "activation_sparsity instead.")

    def count(network, events):
        counts = np.zeros(len(events.rows), np.int64)
        for layer, inputs, _ in layer_activity(estimator.rule_, network, events):
            after = layer.observe(layer.forward(inputs), membrane_after)
            counts += np.count_nonzero(np.diff(after, axis=1), axis=(1, 2)) + layer.size
        return counts

    return float(run(estimator, checked(estimator, X), count).mean())


def encoder_operations(encoder: SpikeEncoder, X: ArrayLike) -> SynapticOperations:
    """Count the operations of a fitted encoder, as means per sample.

    Scaling multiplies each value by a factor and adds an offset, a multiply-accumulate (MAC):
    features once, and series in every step. In each step, each output channel then takes an
    addition or a comparison, an accumulate (AC). The two channels for high and low values of
    integrate-and-fire and delta coding share one sum, and count once. Currents of constant features
    count in one step.

    Parameters
    ----------
    encoder : SpikeEncoder
        A fitted encoder. Of a network with an encoder, it is the attribute `encoder_`.
    X : array-like of shape (n_samples, n_features) or (n_samples, n_channels, n_times), or list
        Input as in `fit` of the encoder.

    Returns
    -------
    operations : SynapticOperations
        `acs`, `macs`, and `dense`, which is their sum, floats per sample.

    Raises
    ------
    ValueError
        If the encoder is not a fitted `skspike.SpikeEncoder`, or X does not fit it.

    See Also
    --------
    synaptic_operations : Operations of the network.
    energy : Estimate the energy that the operations take.

    Notes
    -----
    The numbers do not depend on the values. Random numbers, the exponentials of population coding,
    interpolation and missing values are not counted.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skspike import SNNClassifier, SpikeEncoder
    >>> from skspike.metrics import encoder_operations, energy, synaptic_operations
    >>> X, y = load_iris(return_X_y=True)
    >>> network = SNNClassifier(
    ...     8, encoder=SpikeEncoder(n_steps=20), max_iter=1, random_state=0).fit(X, y)
    >>> encoding = encoder_operations(network.encoder_, X)
    >>> encoding
    SynapticOperations(acs=80.0, macs=4.0, dense=84.0)
    >>> energy(encoding) + energy(synaptic_operations(network, X)) > energy(encoding)
    True
    """
    if not isinstance(encoder, SpikeEncoder):
        raise ValueError(
            "encoder_operations expects a fitted SpikeEncoder, the step of a Pipeline or the "
            f"attribute encoder_ of a network, got {encoder!r}.")
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

"""The contract of a neuron."""

import numpy as np
from sklearn.base import clone

from .._networks import SNNTransformer
from ..neurons import Neuron
from ..simulation import Layer, Network, from_raster
from ._common import Contract, check_bad_values, check_parameters
from ._derivatives import (
    check_derivatives, check_finite, check_lasting, check_peak, check_types, kernels_of)
from ._differences import central, steps
from ._dynamics import check_options, check_responses, check_spikes
from ._kernels import LOGISTIC
from ._values import check_values, random_values, size_of

X = (np.random.default_rng(0).random((8, 4, 40)) < np.linspace(0.1, 0.6, 8)[:, None, None]).astype(
    np.uint8)
Y = np.arange(8) % 2
SIZES = (4, 4, 3)  # channels, and neurons of two layers
ROUNDING = 1e-14  # of a loss that sums some hundred numbers


def check_neuron(neuron: Neuron) -> None:
    """Check that a neuron keeps its contract.

    The class must be complete, its values within bounds, and all results finite. Vector-Jacobian
    products, the derivatives of ``log_peak``, of coefficients and of the unconstrained space, and
    the gradients of a network of two layers are compared with central differences at random states,
    inputs and intrinsics: to 1e-6 in float64, and to 1e-3 of their size in float32. Hard kernels
    are tested on both sides of their kinks. A neuron without a smooth form, whose
    ``kernels(smooth=True)`` raises a ValueError, is tested on hard kernels only. Small responses
    must fit the declared roles, units and recovery variables.

    Parameters
    ----------
    neuron : Neuron
        Object with the parameters to test. It is not changed.

    Raises
    ------
    AssertionError
        If the neuron breaks the contract. The message names the class, the method and the fault.

    See Also
    --------
    skspike.neurons.Neuron : Base class of the neurons.
    skspike.neurons.EquationNeuron : Base class of neurons that are written as equations.

    Examples
    --------
    >>> from skspike.neurons import LIF
    >>> from skspike.testing import check_neuron
    >>> check_neuron(LIF())
    """
    contract = Contract(neuron, Neuron)
    check_parameters(contract)
    contract.raises_nothing("check", clone(neuron).check)
    check_types(contract, neuron)
    check_lasting(contract, neuron)  # first, because other checks misname growing states
    check_values(contract, neuron)
    check_bad_values(
        contract,
        lambda changed: SNNTransformer(size_of(neuron), neuron=changed, max_iter=1, random_state=0),
        X, Y)
    check_derivatives(contract, neuron)
    check_peak(contract, neuron)
    check_finite(contract, neuron)
    check_options(contract, neuron)
    check_responses(contract, neuron)
    check_spikes(contract, neuron)
    _check_network(contract, neuron)
    _check_batches(contract, neuron)


def _check_network(contract, neuron):
    """Compare the gradients of a smooth network of two layers with central differences."""
    if True not in kernels_of(contract, neuron):
        return
    rng = np.random.default_rng(0)
    weights = [rng.normal(0.2, 0.6, shape) for shape in zip(SIZES[:-1], SIZES[1:], strict=True)]
    layers = [
        Layer(w, random_values(neuron, w.shape[1], rng), rng.normal(0, 0.4, (w.shape[1],) * 2))
        for w in weights]
    events, direction = from_raster(X[:3, :, :12], float), rng.normal(size=(3, 12, SIZES[-1]))

    def loss():
        return (network().forward(events)[-1].spikes.transpose(0, 2, 1) * direction).sum()

    def network():
        return Network(neuron, layers, 1.0, LOGISTIC)

    found = network().backward(network().forward(events), direction)
    for k, (layer, gradient) in enumerate(zip(layers, found, strict=True)):
        pairs = {
            "weights": (layer.weights, gradient.weights),
            "recurrent weights": (layer.recurrent, gradient.recurrent)}
        pairs |= {
            name: (layer.intrinsics[name], gradient.intrinsics[name]) for name in layer.intrinsics}
        for name, (array, ours) in pairs.items():
            expected = central(loss, array)
            size = np.abs(expected) + np.abs(expected).max()
            close = np.abs(ours - expected) <= 1e-6 * size + ROUNDING / steps(array)
            contract.holds(
                close.all(), "kernels", "in a network, the "
                f"gradient of {name} in layer {k} differs from central differences")


def _check_batches(contract, neuron):
    """Check that the raster of a row depends neither on its batch nor on the order."""
    for recurrent in (False, True):
        network = SNNTransformer(
            size_of(neuron), neuron=neuron, recurrent=recurrent, rule=None, random_state=0).fit(X)
        contract.holds(
            0 < contract.by_rows(network.transform, X, "kernels").mean() < 1, "kernels",
            "a neuron must spike in some steps under random input, and not in all")

"""The contract of a neuron."""

import numpy as np
from sklearn.base import clone

from ..neurons import Neuron
from ..simulation import Layer, Network, from_raster
from ..snn import SNNTransformer
from ._common import Contract, check_bad_values, check_parameters
from ._derivatives import (
    check_derivatives,
    check_finite,
    check_lasting,
    check_peak,
    check_types,
    kernels_of,
)
from ._differences import central
from ._kernels import SMOOTH
from ._values import check_values, random_values, size_of

X = (np.random.default_rng(0).random((8, 4, 40)) < np.linspace(0.1, 0.6, 8)[:, None, None]).astype(
    np.uint8)
Y = np.arange(8) % 2
SIZES = (4, 4, 3)  # channels, and neurons of two layers
ROUNDING = 1e-9  # of differences of a loss that sums some hundred numbers


def check_neuron(neuron: Neuron) -> None:
    """Check that a neuron keeps its promises: a complete class, right derivatives, values within bounds, and no NaN.

    Every vector-Jacobian product is compared with central differences at random states, inputs and
    intrinsics within their bounds, those of ``log_peak`` and of the way between intrinsics and
    coefficients as well, and the gradients of a network of two layers: in float64 to 1e-6, and in
    float32 to 1e-3 of their size. The hard kernels are tested on both sides of their kinks, and a
    neuron without a smooth form, for which ``kernels(smooth=True)`` raises a ValueError, on these
    alone.

    Parameters
    ----------
    neuron : Neuron
        An object with the parameters that are to be tested; it is not changed.

    Raises
    ------
    AssertionError
        If a promise is broken; the message names the class, the function and what is wrong.

    See Also
    --------
    skspike.neurons.Neuron : Base of the neurons.
    skspike.neurons.EquationNeuron : Base of those whose derivatives are made.

    Examples
    --------
    >>> from skspike.neurons import LIF
    >>> from skspike.testing import check_neuron
    >>> check_neuron(LIF(reset="subtract"))
    """
    contract = Contract(neuron, Neuron)
    check_parameters(contract)
    contract.raises_nothing("check", clone(neuron).check)
    check_types(contract, neuron)
    check_values(contract, neuron)
    check_derivatives(contract, neuron)
    check_peak(contract, neuron)
    _check_time(contract, neuron)
    check_finite(contract, neuron)
    check_lasting(contract, neuron)
    _check_network(contract, neuron)
    _check_batches(contract, neuron)
    check_bad_values(
        contract,
        lambda changed: SNNTransformer(size_of(neuron), neuron=changed, max_iter=1, random_state=0),
        X, Y)


def _check_time(contract, neuron):
    """Check that where there is a time constant of the membrane, in ms, coefficients depend on the length of a step."""
    if neuron.named("membrane") in [item.name for item in neuron.active()]:
        values = neuron.initial(size_of(neuron), np.random.RandomState(0))
        short, long = (np.array(neuron.coefficients(values, dt)) for dt in (1.0, 4.0))
        contract.holds(
            (short != long).any(), "coefficients",
            "must depend on dt, for a time constant in ms is one of the intrinsics")


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
        return Network(neuron, layers, 1.0, SMOOTH)

    found = network().backward(network().forward(events), direction)
    for k, (layer, gradient) in enumerate(zip(layers, found, strict=True)):
        pairs = {
            "weights": (layer.weights, gradient.weights),
            "recurrent weights": (layer.recurrent, gradient.recurrent)}
        pairs |= {
            name: (layer.intrinsics[name], gradient.intrinsics[name]) for name in layer.intrinsics}
        for name, (array, ours) in pairs.items():
            expected = central(loss, array)
            close = np.allclose(
                ours, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max() + ROUNDING)
            contract.holds(
                close, "kernels",
                f"in a network, the gradient of {name} in layer {k} differs from central "
                "differences")


def _check_batches(contract, neuron):
    """Check that the raster of a row depends neither on its batch nor on the order."""
    for recurrent in (False, True):
        network = SNNTransformer(
            size_of(neuron), neuron=neuron, recurrent=recurrent, rule=None, random_state=0).fit(X)
        raster = network.transform(X)
        contract.holds(
            0 < raster.mean() < 1, "kernels",
            "a neuron must spike in some steps under random input, and not in all")
        for rows in (*np.arange(len(X))[:, None], [5, 2, 2], np.arange(len(X))[::-1]):
            same = "the raster of a row must not depend on its batch or the order"
            contract.same(network.transform(X[rows]), raster[rows], "kernels", same)

"""Peaks of responses to one spike: derived from the kernels, and by formula."""

import numpy as np
import pytest

from skspike import SNNClassifier
from skspike.datasets import make_order
from skspike.neurons import LIF, AdaptiveLIF, EquationNeuron, Equations, Intrinsic
from skspike.neurons._response_peak import of_kernels
from skspike.simulation import NO_SPIKES, Layer, Network, from_raster


class Rising(EquationNeuron):
    """A leaky membrane behind two filters, so that its potential rises late."""

    name = "rising"
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_syn", "log", role="synapse", default=5.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_rise", "log", default=2.0, bounds=(0.5, 100.0)),
        Intrinsic("threshold", "log", role="threshold", default=0.1, bounds=(0.01, 10.0)),
    )
    equations = Equations(
        states=("v", "i", "r"),
        charge="""
            dr/dt = -r / tau_rise + x
            di/dt = (r - i) / tau_syn
            dv/dt = (i - v) / tau_mem
        """,
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v",
    )


def values_of(neuron, **factors):
    """Return different values for three neurons."""
    values = neuron.initial(3, None)
    return {
        name: value * np.linspace(1, factors.get(name, 1.5), 3) for name, value in values.items()}


@pytest.mark.small
@pytest.mark.parametrize("dt", [0.25, 1.0])
def test_a_derived_peak_is_the_largest_potential_after_one_spike(dt):
    neuron, values = Rising(), values_of(Rising())
    raster = np.zeros((1, 1, 400), np.uint8)
    raster[0, 0, 0] = 1
    network = Network(neuron, [Layer(np.ones((1, 3)), values)], dt, NO_SPIKES)
    potential = (network.margins(from_raster(raster, float))[0] + 1) * values["threshold"]
    np.testing.assert_allclose(
        np.exp(neuron.log_peak(values, dt)[0]), potential.max(axis=0), rtol=1e-9)


@pytest.mark.small
def test_the_slopes_of_a_derived_peak_are_its_derivatives():
    neuron, values = Rising(), values_of(Rising())
    _, slopes = neuron.log_peak(values, 0.5)
    assert not slopes["threshold"].any()
    for name in ("tau_mem", "tau_syn", "tau_rise"):
        h = 1e-3 * values[name]
        low, high = (
            neuron.log_peak({**values, name: values[name] + side}, 0.5)[0] for side in (-h, h))
        np.testing.assert_allclose(slopes[name], (high - low) / (2 * h), rtol=1e-3)


@pytest.mark.small
@pytest.mark.parametrize("cls", [LIF, AdaptiveLIF])
def test_in_short_steps_the_derived_peak_is_that_of_the_formula(cls):
    neuron = cls(tau_syn=5.0)
    values = values_of(neuron, tau_mem=4.0)
    written, derived = neuron.log_peak(values, 0.02), of_kernels(neuron, values, 0.02)
    np.testing.assert_allclose(derived[0], written[0], atol=1e-5)
    for name in ("tau_mem", "tau_syn"):
        np.testing.assert_allclose(derived[1][name], written[1][name], rtol=3e-3)


def test_the_tempotron_learns_with_any_synapse():
    X, y = make_order(100, random_state=0)
    network = SNNClassifier(
        6, neuron=Rising(), rule="tempotron", max_iter=20, random_state=0).fit(X, y)
    assert network.score(X, y) > 0.8
    assert np.ptp(network.intrinsics_["tau_rise"][0]) > 0

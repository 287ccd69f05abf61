"""The base class of neurons and the LIF neuron. Contracts are in test_contracts.py."""

import inspect

import numba
import numpy as np
import pytest
from numba import types

from skspike import SNNClassifier
from skspike.datasets import make_poisson
from skspike.learning import hard_spikes
from skspike.neurons import LIF, NEURONS, EquationNeuron, Equations, Intrinsic
from skspike.simulation import NO_SPIKES, Layer, Network, SpikeFunction, from_raster


@pytest.mark.parametrize("name", ["fast_sigmoid", "arctan", "sigmoid", "triangular"])
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="needs compiled types")
def test_surrogates_stay_in_float32(name):
    function = hard_spikes(name, 5.0)
    assert isinstance(function, SpikeFunction)
    for kernel in (function.spike, function.spike_vjp):
        kernel.compile((types.float32, types.float32))
        assert kernel.overloads[
            (types.float32, types.float32)].signature.return_type == types.float32


class Waiting(EquationNeuron):
    """A neuron whose refractory time comes from an option of its equations."""

    name = "waiting"
    intrinsics = (
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),)
    options = {"refractory": 0.0}
    equations = Equations(("v",), "v = v + x", "(v - threshold) / threshold", "v = (1 - s) * v")


NEURON_TYPES = Waiting, *NEURONS.values()
WAITING = [cls for cls in NEURON_TYPES if "refractory" in inspect.signature(cls).parameters]


@pytest.mark.small
@pytest.mark.parametrize("cls", WAITING)
@pytest.mark.parametrize(("dt", "n_steps"), [(1.0, 3), (0.5, 6), (2.0, 2)])
def test_a_refractory_time_is_in_ms(cls, dt, n_steps):
    neuron = cls(refractory=3.0)
    assert neuron.coefficients(neuron.initial(2, None), dt)[-1].tolist() == [n_steps] * 2


def test_tuple_draws_one_value_per_neuron_log_uniformly():
    values = LIF(tau_mem=(5.0, 500.0)).initial(4000, np.random.RandomState(0))["tau_mem"]
    assert values.min() >= 5 and values.max() <= 500
    assert abs(np.median(values) - 50) < 4


def test_an_array_has_one_value_per_neuron():
    tau = np.array([5.0, 10.0, 20.0])
    np.testing.assert_array_equal(LIF(tau_mem=tau).initial(3, None)["tau_mem"], tau)
    with pytest.raises(ValueError, match="tau_mem has 3 values for a layer of 4"):
        LIF(tau_mem=tau).initial(4, None)


def test_fixed_bounds_exclude_a_parameter_from_learning():
    assert LIF(tau_mem_bounds="fixed").learnable() == ("threshold", "v_reset")
    assert LIF(tau_syn=5.0).learnable() == ("tau_mem", "tau_syn", "threshold", "v_reset")


def test_v_reset_changes_with_the_threshold():
    neuron = LIF(v_reset=0.5)
    free = neuron.to_free(neuron.initial(2, None))
    free["threshold"] += np.log(3.0)
    np.testing.assert_allclose(neuron.from_free(free)["v_reset"], 1.5)


@pytest.mark.small
def test_updated_intrinsics_stay_inside_their_bounds():
    neuron = LIF(v_reset=0.5, tau_mem_bounds=(5.0, 30.0), threshold_bounds=(0.5, 2.0))
    values = neuron.initial(3, None)
    free = neuron.to_free(values)
    free["tau_mem"] += [-9.0, 0.5 * np.log(1.5), 9.0]
    free["threshold"] += [9.0, 0.0, -9.0]
    free["v_reset"] += 9.0
    found = neuron.updated(values, free, ("tau_mem", "threshold"))
    np.testing.assert_allclose(found["tau_mem"], [5.0, 20 * np.sqrt(1.5), 30.0])
    np.testing.assert_allclose(found["threshold"], [2.0, 1.0, 0.5])
    np.testing.assert_allclose(found["v_reset"], 9.5 * found["threshold"])
    np.testing.assert_allclose(np.exp(free["tau_mem"]), found["tau_mem"])


@pytest.mark.small
def test_an_update_returns_all_other_intrinsics_to_the_bit(rng):
    neuron = LIF(tau_mem=(5.0, 500.0), tau_syn=(2.0, 50.0), threshold=(0.5, 2.0))
    values = neuron.initial(20, rng)
    free = {name: value + 0.01 for name, value in neuron.to_free(values).items()}
    found = neuron.updated(values, free, ["tau_syn"])
    assert not np.array_equal(found["tau_syn"], values["tau_syn"])
    for name in ("tau_mem", "threshold", "v_reset"):
        np.testing.assert_array_equal(found[name], values[name])


def test_a_long_time_constant_keeps_the_membrane_potential_longer():
    raster = np.zeros((1, 1, 40), np.uint8)
    raster[0, 0, 0] = 1
    neuron = LIF(tau_mem=np.array([2.0, 2000.0]), threshold=1.0)
    network = Network(
        neuron, [Layer(np.ones((1, 2), np.float32), neuron.initial(2, None))], 1.0, NO_SPIKES)
    v = 1 + network.margins(from_raster(raster))[0, -1]
    assert v[0] < 1e-7 and v[1] > 0.97


def test_a_membrane_without_leak_keeps_its_potential(rng):
    raster = np.zeros((1, 1, 40), np.uint8)
    raster[0, 0, 0] = 1
    neuron = LIF(tau_mem=[20.0, np.inf], tau_mem_bounds="fixed", threshold=2.0)
    network = Network(
        neuron, [Layer(np.ones((1, 2), np.float32), neuron.initial(2, None))], 1.0, NO_SPIKES)
    v = 2 * (1 + network.margins(from_raster(raster))[0])
    assert (v[:, 1] == 1).all() and v[-1, 0] < 0.2
    # other intrinsics learn
    X, y = make_poisson(40, 10, 20, random_state=0)
    network = SNNClassifier(8, neuron=LIF(tau_mem=np.inf, tau_mem_bounds="fixed"), max_iter=3)
    network.fit(X, y)
    assert np.isinf(network.intrinsics_["tau_mem"][0]).all()
    assert np.ptp(network.intrinsics_["threshold"][0]) > 0


@pytest.mark.small
def test_only_a_fixed_membrane_can_be_without_leak():
    for tau in (np.inf, [20.0, np.inf]):
        with pytest.raises(ValueError, match="without leak, cannot be learned. Set tau_mem_bounds"):
            LIF(tau_mem=tau).check()
    X, y = make_poisson(20, 10, 20, random_state=0)
    neuron = LIF(tau_mem=np.inf, tau_mem_bounds="fixed")
    with pytest.raises(ValueError, match="Tempotron needs a membrane with a leak, got tau_mem=inf"):
        SNNClassifier(neuron=neuron, rule="tempotron").fit(X, y)
    for wrong in ({"tau_mem": (5.0, np.inf)}, {"tau_syn": np.inf}, {"threshold": np.inf}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
            LIF(**wrong, tau_mem_bounds="fixed").check()


@pytest.mark.small
def test_masked_values_and_bounds_are_refused():
    masked = np.ma.masked_array([10.0, 20.0], [False, True])
    with pytest.raises(ValueError, match="tau_mem expects an array without masked"):
        LIF(tau_mem=masked).check()
    with pytest.raises(ValueError, match="tau_mem_bounds expects an array without masked"):
        LIF(tau_mem_bounds=masked).check()


@pytest.mark.small
@pytest.mark.parametrize("value", [10**400, [1, [2, 3]], [[1.0, 2.0], [3.0]], ["a"]])
def test_values_that_are_no_floats_are_refused(value):
    with pytest.raises(ValueError, match="tau_mem must be a (finite )?number"):
        LIF(tau_mem=value).check()


@pytest.mark.small
def test_a_multiple_of_the_threshold_is_inside_its_bounds_for_every_possible_threshold():
    for threshold in ((0.5, 1.0), [0.5, 1.0]):
        with pytest.raises(
                ValueError,
                match=r"v_reset=0.9 lies outside v_reset_bounds=\(-5.0, 0.95\) \(in units of the"):
            LIF(threshold=threshold, v_reset=0.9).check()
    with pytest.raises(ValueError, match="v_reset=.* lies outside"):
        LIF(threshold=[0.5, 1.0], v_reset=[0.9, 0.4]).check()
    with pytest.raises(ValueError, match="v_reset=.* lies outside"):
        LIF(threshold=[1.0, 0.5], v_reset=(0.4, 0.9)).check()
    LIF(threshold=[0.5, 1.0], v_reset=[0.4, 0.9]).check()
    LIF(threshold=(0.5, 1.0), v_reset=0.9, v_reset_bounds="fixed").check()
